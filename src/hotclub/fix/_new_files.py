"""The migrations that fixes add: with their own operations and no others, one after another."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from hotclub.fix._drop import dropped
from hotclub.fix._migration import behind, only
from hotclub.fix.model import Fix

Files = tuple[tuple[str, str], ...]


def migrations(fixes: Iterable[Fix]) -> dict[str, str]:
    """The files that these fixes add.

    Raises:
        Refused: two new migrations of an app cannot be put in order.
    """
    kept: dict[Files, dict[str, str]] = {}
    for fix in fixes:
        if fix.files:
            app, name = _known_by(fix)
            kept.setdefault(fix.files, {})[name] = app
    found: dict[str, str] = {}
    last: dict[str, PurePosixPath] = {}
    for files, names in sorted(kept.items()):
        (path, text), *others = files
        app = next(iter(names.values()))
        text, place = only(text, names), PurePosixPath(path)
        before = last.get(app)
        if before is not None:
            text, place = behind(text, app, before.stem), _next(place)
            others = [(path, other.replace(PurePosixPath(files[0][0]).stem, place.stem))
                      for path, other in others]  # fmt: skip
        last[app] = place
        found.update(dict(others))
        found[str(place)] = text
    return found


def _known_by(fix: Fix) -> tuple[str, str]:
    """The app that a fix adds a migration to, and what its operation there is known by."""
    finding = fix.findings[0]
    if finding.index is not None:
        return finding.index.app, finding.index.name
    assert finding.spare is not None
    return finding.spare.app, dropped(fix)


def _next(path: PurePosixPath) -> PurePosixPath:
    """``0003_x.py`` for ``0002_x.py``."""
    number, _, rest = path.name.partition("_")
    return path.with_name(f"{int(number) + 1:0{len(number)}d}_{rest}") if number.isdigit() else path
