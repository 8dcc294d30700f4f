"""Databases that tests may connect to: the copies, and what is made beside them."""

from __future__ import annotations

from typing import Any

import pytest

from hotclub.agent.tested import _databases

COPY = {"NAME": "hotclub_0123abcd_2", "HOST": "/tmp/socket", "PORT": "5433", "USER": "app"}
CONFIG: dict[str, Any] = {
    "databases": {"default": COPY, "file": {"NAME": "/run/copy.sqlite3"}},
    "engines": {"default": "django.db.backends.postgresql", "file": "django.db.backends.sqlite3"},
    "dropped_options": {},
    "run": "/run",
}
SERVER = {"ENGINE": "django.db.backends.postgresql", **COPY}


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"NAME": "test_hotclub_0123abcd_2"}, True),
        ({"NAME": "test_hotclub_0123abcd_2_gw1"}, True),
        ({"ENGINE": "django_prometheus.db.backends.postgresql"}, True),
        ({"NAME": "shop"}, False),
        ({"NAME": "test_shop"}, False),
        ({"HOST": "db.example"}, False),
        ({"PORT": 5432}, False),
        ({"HOST": None, "PORT": None}, False),
        ({"ENGINE": "django.db.backends.sqlite3", "HOST": "", "NAME": ":memory:"}, True),
    ],
)
def test_only_copies_are_connected_to(changed: dict[str, Any], allowed: bool) -> None:
    assert _databases._is_copy({**SERVER, **changed}, CONFIG) is allowed


def test_an_alias_that_only_tests_have_is_put_on_the_copy() -> None:
    databases: dict[str, Any] = {
        "other": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db"},
        "strange": {"ENGINE": "pool.postgresql", "NAME": "shop", "HOST": "db"},
    }
    _databases.redirect(databases, CONFIG)
    assert databases["other"]["NAME"] == COPY["NAME"]
    assert databases["other"]["TEST"]["NAME"] == "test_hotclub_0123abcd_2_other"
    assert [_databases._is_copy(databases[one], CONFIG) for one in databases] == [True, False]
