"""Changes of single objects: their content, and what describes it, written again with all that is kept."""
