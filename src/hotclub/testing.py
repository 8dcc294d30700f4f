"""For a project's own tests: no loops of queries, and not more queries than there should be.

    from hotclub.testing import assert_no_findings, max_queries

    with assert_no_findings():
        self.client.get("/orders/")
    with max_queries(5):
        list(Order.objects.with_totals())

Both are fixtures of the pytest plugin (``-p hotclub.pytest``) as well.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from hotclub.agent import recorder
from hotclub.agent.schema import TEST_LABEL
from hotclub.doctor import Finding, examine
from hotclub.doctor.silence import reported, selection_of

__all__ = ["assert_no_findings", "describe", "max_queries", "root_of_project"]

_NUMBERS = count(1)
_SHOWN = 10
_SQL = 160


@contextmanager
def assert_no_findings(
    *, ignore: Collection[str] = (), root: str | Path | None = None
) -> Iterator[None]:
    """Fail if the requests that are made inside the block show a finding of the doctor's.

    Requests are what goes through Django's handler: those of the test client, or of a live
    server in this process. ``ignore`` are codes; ``root`` is the project's directory, that of
    ``manage.py`` if it is not given. What comments in the source and ``[tool.hotclub]`` silence
    is no finding here either.

    Raises:
        AssertionError: with the expression of each finding.
        HotclubError: ``[tool.hotclub]`` is wrong.
        ValueError: there was no request inside the block.
    """
    top = root_of_project(root)
    label = f"assert_no_findings {next(_NUMBERS)}"
    with ExitStack() as stack:
        active = recorder.active()
        if active is None:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="hotclub-"))
            active = recorder.install(
                recorder.Config(Path(directory) / "test.hclb", top, "deep", own_crawl=True)
            )
            stack.callback(recorder.uninstall)
        with recorder.request_label(f"{TEST_LABEL}{label}"):
            yield
        active.flush()
        path = Path(active.config.path)
        diagnosis = examine(path, top, labels={label}) if path.exists() else None
    if diagnosis is None or not diagnosis.crawled:
        raise ValueError("no request was made inside assert_no_findings(); use the test client")
    asked = [finding for finding in diagnosis.findings if finding.code not in ignore]
    found = reported(asked, top, selection_of(top))
    if found:
        lines = [f"{len(found)} finding{'s' * (len(found) != 1)}:", *map(describe, found)]
        raise AssertionError("\n  ".join(lines))


@contextmanager
def max_queries(limit: int, using: str | None = None) -> Iterator[None]:
    """Fail if there are more than ``limit`` queries inside the block.

    ``using`` is the alias of a database; without it all of them count.

    Raises:
        AssertionError: with the lines of the project that made most of them.
    """
    from django.db import connections

    made: list[tuple[str, str]] = []
    top = root_of_project(None)

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        made.append((_place(top), " ".join(str(sql).split())))
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in [using] if using else list(connections):
            stack.enter_context(connections[alias].execute_wrapper(note))
        yield
    if len(made) > limit:
        raise AssertionError(_too_many(made, limit))


def _too_many(made: list[tuple[str, str]], limit: int) -> str:
    places = Counter(place for place, _ in made)
    example = dict(reversed(made))
    lines = [f"{len(made)} queries, {limit} {'is' if limit == 1 else 'are'} allowed:"]
    for place, number in places.most_common(_SHOWN):
        lines.append(f"{number}× {place}: {example[place][:_SQL]}")
    if len(places) > _SHOWN:
        lines.append(f"and {len(places) - _SHOWN} more places")
    return "\n  ".join(lines)


def _place(top: Path) -> str:
    """The project's innermost line, which may be that of the test."""
    for frame, line in traceback.walk_stack(sys._getframe(2)):
        file = frame.f_code.co_filename
        if file.startswith(f"{top}/") and "/site-packages/" not in file and file != __file__:
            return f"{file[len(str(top)) + 1 :]}:{line} in {frame.f_code.co_name}"
    return "outside the project"


def describe(finding: Finding) -> str:
    """One line on a finding, without milliseconds: tests have too few rows for them."""
    place = finding.place or (finding.trigger[0] if finding.trigger else None)
    what = f"{finding.code} {finding.lookup}".strip()
    evidence = finding.evidence
    seen = f"{evidence.queries} queries for {evidence.members}" if evidence.members > 1 else ""
    if finding.expression and finding.trigger:
        seen += f"{', ' * bool(seen)}loaded at {finding.trigger[0]}"
    return f"{place or 'somewhere'}: {what}, {finding.title}" + (f" ({seen})" if seen else "")


def root_of_project(root: str | Path | None) -> Path:
    """The given directory, else the nearest one upwards that has a ``manage.py``, else this."""
    if root is not None:
        return Path(root).resolve()
    here = Path.cwd()
    return next((one for one in (here, *here.parents) if (one / "manage.py").is_file()), here)
