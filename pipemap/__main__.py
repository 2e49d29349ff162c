"""``python -m pipemap`` is the command ``pipemap``."""

from __future__ import annotations

import sys

from pipemap.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
