"""Plans of changes: made while their question is open, then run as jobs, or forgotten."""
