"""One object in full: its tabs, its versions, and how it compares with a file."""
