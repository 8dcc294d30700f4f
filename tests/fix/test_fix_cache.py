"""The command run again: what was proved is not proved twice, and that is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fix import library
from tests.fix.here import QUICK, Here


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The library, fixed once without git: a patch was written, and nothing changed."""
    root = tmp_path_factory.mktemp("cache")
    made = Here(library.create(root / "template"), root)
    done = made.hotclub(*QUICK)
    assert done.returncode == 0, done.stderr
    assert "replaying" in done.stderr and "Proved on" not in done.stdout
    return made


def told(here: Here, *more: str) -> tuple[dict[str, Any], str]:
    done = here.hotclub(*QUICK, "--json", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.slow
def test_what_is_proved_is_not_proved_again(here):
    second, said = told(here)
    assert "replaying" not in said
    assert second["proved"][:2] == "20" and "T" in second["proved"]
    assert {fix["outcome"] for fix in second["fixes"]} == {"proved"}
    assert {page["queries_after"] for page in second["pages"]} == {1, 2}
    assert all(page["timing"]["pairs"] >= 6 for page in second["pages"])

    anew, said = told(here, "--no-cache")
    assert "replaying" in said
    assert anew["proved"] is None
    assert anew["fixes"] == second["fixes"]


@pytest.mark.slow
def test_it_is_said_when_it_was_proved_and_what_has_changed(here):
    again = here.hotclub(*QUICK)
    assert "nothing changed since" in again.stdout
    assert "Proved on 20" in again.stdout.split("patch -p1")[0].splitlines()[-2]
    with open(here.root / "library/urls.py", "a") as file:
        file.write("\n")
    changed, said = told(here)
    assert changed["proved"] is None
    assert "hotclub: Proved anew: since 20" in said and "library/urls.py has changed" in said
    (entry,) = here.cache.glob("hotclub/*/proofs/*.json")
    entry.write_text("{")
    assert "was ignored" in told(here)[1]
    assert told(here)[0]["proved"] is not None
