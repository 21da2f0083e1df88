"""Saved syncs: read from config.toml, and run without a screen."""
