"""What is browsed: places, listings, the tree over them, and what is marked. No terminal, no I/O."""
