"""Runs one program once and prints what that took: `python -m tests.benchmarks.run graph|wire|plain PROGRAM COUNT`.

`graph` captures it offline. `wire` runs it as an engine would have it run, against the monitor whose address is the
fourth argument; `plain` does so without what `infra.sdks` spares it.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable


def graph(program: Callable[[], None]) -> Callable[[], object]:
    """Captured in this process."""
    from infra.graph import capture

    return lambda: capture("bench", program)


def wire(program: Callable[[], None], address: str) -> Callable[[], object]:
    """As Pulumi's language host does it: the program in a stack, each registration a call to the monitor."""
    from pulumi.runtime import settings, stack

    settings.configure(settings.Settings("groundwork", "bench", monitor=address, engine=address))
    return lambda: asyncio.new_event_loop().run_until_complete(stack.run_in_stack(program))


def main() -> None:
    """Prints CPU seconds: before the program, of the program, and of its first resources with the SDKs' loading."""
    how, name, count, *address = sys.argv[1:]
    from infra import sdks

    if how == "plain":
        sys.meta_path.remove(sdks._Finder)
    else:
        sdks.run_lean()
    from tests.benchmarks.programs import PROGRAMS

    def program() -> None:
        PROGRAMS[name](int(count))

    start = graph(program) if how == "graph" else wire(program, *address)
    before = time.process_time()
    start()
    after = time.process_time()
    print(json.dumps({"before": before, "program": after - before}), flush=True)
    # gRPC's threads take a while to end, and there is nothing left to lose.
    os._exit(0)


if __name__ == "__main__":
    main()
