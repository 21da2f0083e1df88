"""Previews: looks into an object by reading only what is shown. Knows no terminal."""
