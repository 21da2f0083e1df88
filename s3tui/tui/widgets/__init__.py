"""Widgets paint a model and say what the user wants; they never fetch."""
