"""Bytes ↔ lines, cells and characters. Pure."""
