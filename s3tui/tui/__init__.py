"""The user interface in Textual: screens, widgets, themes and keys. No S3 logic."""

import os

# A key press waits for the next frame: at Textual's 60 a second 8 ms on average, more than all our own work.
# Frames are made when something changed only. Textual reads this once, when it is imported.
os.environ.setdefault("TEXTUAL_FPS", "120")
