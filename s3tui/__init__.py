"""s3tui: the terminal browser for Amazon S3 and everything that speaks its protocol."""

__version__ = "0.2.0"
