"""The table of settings against the gunicorn that is installed, and against the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from gunicorn.config import KNOWN_SETTINGS

from hotclub.serve._table import SETTINGS
from hotclub.serve._table_docs import replaced

DOCS = Path(__file__).parent.parent.parent / "docs" / "serve.md"
KNOWN = {known.name: known for known in KNOWN_SETTINGS}


def test_every_setting_of_gunicorn_has_an_answer() -> None:
    assert set(KNOWN) <= set(SETTINGS)
    for name, setting in SETTINGS.items():
        assert (name in KNOWN) == (setting.answer != "ours"), name


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_the_options_are_the_same(name: str) -> None:
    ours, theirs = SETTINGS[name], KNOWN[name]
    assert set(theirs.cli or ()) <= set(ours.cli)
    takes_nothing = theirs.action in ("store_true", "store_const")
    if theirs.cli:
        assert takes_nothing == (ours.takes == "nothing")
        assert (theirs.nargs == "?") == (ours.takes == "optional")
        if ours.answer != "refused":
            assert (theirs.action == "append") == (ours.takes == "values")


@pytest.mark.parametrize("name", [n for n in sorted(KNOWN) if SETTINGS[n].answer == "same"])
def test_what_is_called_the_same_has_the_same_default(name: str) -> None:
    ours, theirs = SETTINGS[name], KNOWN[name]()
    if name == "chdir" or callable(theirs.default):
        return  # the directory it was imported in; hooks that do nothing
    mine = ours.check(ours.default_value()) if ours.default is not None else None
    default = theirs.get()
    if isinstance(mine, tuple):
        default = tuple(default)
    assert mine == default or (mine is None and default in (None, ""))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("bind", ["[::1]:80", ["a:1", "unix:/x"]]),
        ("workers", [3, "0x10"]),
        ("umask", ["022", 18, "0"]),
        ("raw_env", ["A=b", ["A=b", "C=d"]]),
        ("preload_app", [True, "True", "false"]),
        ("forwarder_headers", ["A, B", "*"]),
        ("forwarded_allow_ips", ["10.0.0.0/8,::1", "*"]),
        ("statsd_host", ["localhost", "h:99", "unix:///x", "unix:99"]),
        ("header_map", ["DROP", "refuse"]),
        ("user", [0, "0", "root"]),
        ("timeout", [5, "7"]),
    ],
)
def test_values_are_understood_alike(name: str, values: list[object]) -> None:
    for value in values:
        theirs = KNOWN[name]()
        theirs.set(theirs.type(value) if name == "umask" and value == "022" else value)
        assert _plain(SETTINGS[name].check(value)) == _plain(theirs.get())


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def test_differences_and_refusals_say_why() -> None:
    for setting in SETTINGS.values():
        assert bool(setting.note) == (setting.answer in ("different", "refused")), setting.name


def test_the_documentation_has_the_table() -> None:
    text = DOCS.read_text()
    assert replaced(text) == text, "run python -m hotclub.serve._table_docs docs/serve.md"
