"""The `groundwork` command."""

import sys


def main() -> None:
    """The console script. Ends with 0 (done), 1 (a run failed) or 2 (bad input, nothing changed)."""
    from infra.cli.app import run

    sys.exit(run(sys.argv[1:]))
