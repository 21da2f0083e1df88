"""`python -m s3tui`."""

import sys

from s3tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
