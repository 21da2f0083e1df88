"""Facts about one object or bucket, from several requests; one that was refused keeps its reason."""
