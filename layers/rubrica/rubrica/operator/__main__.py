"""Runs the command line."""

import sys

from rubrica.operator import main

sys.exit(main(sys.argv[1:]))
