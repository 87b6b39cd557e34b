"""`python -m learnscope` is the command line."""

import sys

from learnscope.cli import main

if __name__ == "__main__":
    sys.exit(main())
