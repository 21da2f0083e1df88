"""Widgets paint a model and post what the user did; they fetch nothing."""
