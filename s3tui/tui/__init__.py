"""The terminal: everything of Textual, and no S3 logic."""
