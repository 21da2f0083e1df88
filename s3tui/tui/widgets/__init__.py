"""Widgets: they paint a model and post messages on user input; they send no requests."""
