"""View models: locations, sources of rows, listings, the tree over them, marks, sizes. No terminal."""
