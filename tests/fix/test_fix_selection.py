"""`--select`, `--ignore` and `--baseline`: what is not asked for is neither shown nor written."""

from __future__ import annotations

import json

import pytest

from tests.fix import library
from tests.fix.here import QUICK, Here


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The library, recorded once; its views have findings of two codes."""
    root = tmp_path_factory.mktemp("selection")
    made = Here(library.create(root / "template"), root)
    done = made.hotclub(*QUICK, "--out", str(root / "kept.hclb"), command="doctor")
    assert done.returncode == 1, done.stderr
    return made


def arguments(here: Here, *more: str) -> list[str]:
    return ["--recording", str(here.cache.parent / "kept.hclb"), *more]


def codes(here: Here, *more: str) -> set[str]:
    """The codes of all that would be written, or is refused."""
    done = here.hotclub(*arguments(here, "--diff", "--json", *more))
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)
    fixed = {code for fix in told["fixes"] for code in fix["codes"]}
    return fixed | {refusal["code"] for refusal in told["refusals"]}


def test_only_what_is_selected_is_planned(here):
    every = codes(here)
    assert {"HC101", "HC103"} <= every
    assert codes(here, "--select", "HC103") == {"HC103"}
    assert codes(here, "--ignore", "HC103") == every - {"HC103"}
    assert codes(here, "--select", "HC1", "--ignore", "HC101") == {
        code for code in every - {"HC101"} if code.startswith("HC1")
    }


def test_what_is_known_is_not_planned(here):
    known = str(here.cache.parent / "known.json")
    wanted = arguments(here, "--baseline", known, "--write-baseline", "--select", "HC103")
    done = here.hotclub(*wanted, command="doctor")
    assert done.returncode == 0, done.stderr
    assert codes(here, "--baseline", known) == codes(here) - {"HC103"}


@pytest.mark.slow
def test_only_what_is_selected_is_written(here):
    done = here.hotclub(*arguments(here, "--select", "HC103", "--write"))
    assert done.returncode == 0, done.stderr
    text = (here.root / "books/views.py").read_text()
    assert '.defer("name").prefetch_related("books"):' in text
    assert "select_related(" not in text.replace("prefetch_related(", "")
