"""Live progress by component: a table on a terminal, plain lines anywhere else. Always on stderr."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from infra.engines.base import Event


class Progress:
    """Shows events until its `with` block ends. `say` prints a line beside them."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._events: dict[str, Event] = {}
        self._live: Any = None

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), refresh_per_second=8, get_renderable=self._table)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pause()

    def pause(self) -> None:
        """Ends the live table, so that a question can be asked; the next event begins a new one."""
        if self._live and self._live.is_started:
            self._live.stop()

    def say(self, line: str) -> None:
        """One line for a person."""
        if self._live and self._live.is_started:
            self._live.console.print(line, markup=False, highlight=False)
        else:
            typer.echo(line, err=True)

    def __call__(self, event: "Event") -> None:
        """One event of an engine."""
        if event.total:
            self._events[event.component] = event
        if self._live and event.total:
            if not self._live.is_started:
                self._live.start()
            return
        counted = f" {event.ready}/{event.total}" if event.total else ""
        self.say(f"[{time.monotonic() - self._started:5.1f} s] {event.component}{counted} {event.message}")

    def _table(self) -> Any:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for event in self._events.values():
            table.add_row(
                Text(event.component, style="bold"),
                ProgressBar(total=event.total, completed=event.ready, width=24),
                f"{event.ready}/{event.total}",
                Text(event.message, overflow="ellipsis", no_wrap=True),
            )
        return table
