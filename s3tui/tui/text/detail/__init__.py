"""Sections of the tabs that tell everything about one object or bucket. Pure."""
