"""The transfer engine beside its peers: one large object, and many small ones."""
