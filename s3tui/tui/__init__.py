"""Everything of Textual, and nothing of S3: screens, widgets, themes, keys."""
