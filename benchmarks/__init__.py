"""What s3tui costs, measured beside something to compare it with, in one run."""
