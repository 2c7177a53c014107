"""``python -m seqwise``: the same as the command ``seqwise``."""

import sys

from seqwise.cli import main

if __name__ == "__main__":
    sys.exit(main())
