"""Previews as lines of cells. Pure."""
