"""Deletions and renames of many objects, beside the peers."""
