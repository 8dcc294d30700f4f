"""Where the commands print: reports on standard output, progress on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

_SECONDS_BETWEEN_LINES = 5.0
_PIPE_WIDTH = 100


def report_console() -> Console:
    """For standard output. Pipes and files get plain text, a steady width and no colour."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(file=sys.stdout, width=width, highlight=False, soft_wrap=False)


class Shown:
    """Progress on standard error: a bar on a terminal, now and then a line anywhere else.

    An instance is the callable that every long step is given: ``tell(text, done, total)``.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar: Progress | None = None
        self._stage = ""
        self._spoken = 0.0
        if self._console.is_terminal:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                console=self._console,
                transient=True,
            )

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        if self._bar is not None:
            task = self._bar.task_ids[0] if self._bar.task_ids else self._bar.add_task("")
            short = text if len(text) <= 48 else text[:45] + "..."
            self._bar.update(
                task, description=escape(short), completed=done, total=total or None, refresh=False
            )
            return
        stage = text.split(" ", 1)[0]
        now = time.monotonic()
        if stage != self._stage or now - self._spoken > _SECONDS_BETWEEN_LINES:
            count = f" ({done} of {total})" if total else ""
            print(f"hotclub: {text}{count}", file=sys.stderr, flush=True)
            self._stage, self._spoken = stage, now

    def __enter__(self) -> Shown:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
