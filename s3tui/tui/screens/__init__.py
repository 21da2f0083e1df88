"""Screens: they hold the location, start workers, and pass results to models and widgets."""
