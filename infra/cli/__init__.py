"""The `groundwork` command."""

import gc
import sys


def main() -> None:
    """The console script. Ends with 0 (done), 1 (a run failed) or 2 (bad input, nothing changed)."""
    # The SDKs make a million objects that stay: looking through them again and again is a third of the start.
    gc.set_threshold(200_000, 20, 100)
    from infra.cli.app import run

    code = run(sys.argv[1:])
    # The interpreter's last search for garbage would look through them once more: a quarter of a short command.
    gc.freeze()
    sys.exit(code)
