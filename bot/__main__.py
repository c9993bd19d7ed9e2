"""`python -m bot` and `ardesk`: the front door."""

from __future__ import annotations

import sys

from bot.cli.front import run


def main() -> None:
    """Run the command line."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
