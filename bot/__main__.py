"""`python -m bot` is the console script."""

import sys

from bot.cli import main

sys.exit(main())
