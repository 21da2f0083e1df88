"""Kinds that hold files: archives and compressed streams."""
