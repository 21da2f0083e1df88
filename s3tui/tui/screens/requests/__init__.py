"""Screens of the request log."""
