"""Changes of versions: old ones cleaned up, everything of a bucket deleted, a prefix as it was."""
