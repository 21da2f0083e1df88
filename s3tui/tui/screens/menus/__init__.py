"""Menus: what to run, to copy or to open, found by typing."""
