"""Screens wire: they hold the location, start workers and hand what comes back to models and widgets."""
