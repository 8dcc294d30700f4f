"""Where tests make their databases, whatever their settings say."""

from __future__ import annotations

from typing import Any

from hotclub.agent.tested._databases import redirect

SQLITE, POSTGRES = "django.db.backends.sqlite3", "django.db.backends.postgresql"
COPY = {"HOST": "/copy", "PORT": "1", "USER": "app", "PASSWORD": "x", "NAME": "hotclub_1a_1"}


def redirected(engines: dict[str, str], copies: dict[str, Any], **databases: Any) -> dict[str, Any]:
    config = {"run": "/run", "databases": copies, "engines": engines,
              "dropped_options": {"default": ["service"]}}  # fmt: skip
    redirect(databases, config)
    return databases


def test_a_server_s_copy_takes_the_original_s_place() -> None:
    original = {"ENGINE": POSTGRES, "NAME": "shop", "HOST": "db", "TEST": {"NAME": "precious"},
                "OPTIONS": {"service": "shop", "sslmode": "require"}}  # fmt: skip
    made = redirected({"default": POSTGRES}, {"default": COPY}, default=original)["default"]
    assert (made["HOST"], made["NAME"]) == ("/copy", "hotclub_1a_1")
    assert made["TEST"] == {"NAME": "test_hotclub_1a_1"} and made["OPTIONS"] == {
        "sslmode": "require"
    }


def test_another_database_of_the_engine_goes_to_the_same_server() -> None:
    made = redirected(
        {"default": POSTGRES}, {"default": COPY}, other={"ENGINE": POSTGRES, "HOST": "db"}
    )["other"]
    assert (made["HOST"], made["NAME"]) == ("/copy", "hotclub_1a_1"), "never its own name"
    assert made["TEST"] == {"NAME": "test_hotclub_1a_1_other"}


def test_an_alias_with_another_engine_is_another_database() -> None:
    memory = {"ENGINE": SQLITE, "NAME": ":memory:"}
    assert redirected({"default": POSTGRES}, {"default": COPY}, default=dict(memory)) == {
        "default": memory
    }


def test_files_of_tests_are_made_in_the_run() -> None:
    copies = {"default": {"NAME": "/run/databases/default.sqlite3"}}
    plain = redirected({"default": SQLITE}, copies, default={"ENGINE": SQLITE, "NAME": "db"})
    assert plain["default"] == {"ENGINE": SQLITE, "NAME": "/run/databases/default.sqlite3"}
    for name, put in (("/srv/test.db", "/run/databases/test-default.sqlite3"),
                      (":memory:", ":memory:")):  # fmt: skip
        own = {"ENGINE": SQLITE, "NAME": "db", "TEST": {"NAME": name}}
        made = redirected({"default": SQLITE}, copies, default=own)["default"]
        assert made["TEST"]["NAME"] == put
