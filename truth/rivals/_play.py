"""Plays every case once under one tool, in a process and an environment of its own.

    TRUTH_TOOL=zeal python _play.py OUT [RECORDING]

Writes JSON: `cases` (with their truths, and the table behind each), `alarms` of the tool, and
`broken`, the cases that did not answer 200 under it. For hotclub the alarms are in the recording.
"""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent / "project"


def main() -> None:
    out, tool = Path(sys.argv[1]), os.environ["TRUTH_TOOL"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    sys.path[:0] = [str(PROJECT), str(Path(__file__).parent)]
    sys.path.remove(str(Path(__file__).parent))
    if tool == "hotclub":
        from hotclub.agent import recorder

        recorder.install(
            {"path": sys.argv[2], "root": str(PROJECT), "depth": "deep", "own_crawl": True}
        )
    ear = _ear(tool)
    import django

    django.setup()
    warnings.simplefilter("ignore")
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    from club import data

    data.fill()
    out.write_text(json.dumps(_all(ear), indent=1))
    if tool == "hotclub":
        recorder.uninstall()


def _ear(tool: str) -> Any:
    import importlib.util

    path = Path(__file__).with_name("_ears.py")
    spec = importlib.util.spec_from_file_location("truth_ears", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.EARS[tool]()


def _all(ear: Any) -> dict[str, Any]:
    from club import cases
    from club.cases._case import possible
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    told: list[dict[str, Any]] = []
    alarms: list[dict[str, Any]] = []
    broken: dict[str, str] = {}
    cookie = _sign_in()
    for one in cases.ALL:
        told.append(_told(one))
        if not possible(one):
            continue
        try:
            heard = _ask(application, ear, one, cookie)
        except Exception:
            broken[one.path] = traceback.format_exc(limit=-3)
            continue
        alarms += [{"case": one.path, **alarm} for alarm in heard]
    return {"cases": told, "alarms": alarms, "broken": broken, "django": _version()}


def _version() -> str:
    import django

    return django.get_version()


def _ask(application: Any, ear: Any, one: Any, cookie: str) -> list[dict[str, Any]]:
    """Ask for every URL of a case, in a transaction that is rolled back."""
    from django.contrib.contenttypes.models import ContentType
    from django.core.cache import cache
    from django.db import transaction

    for model in ContentType.objects.all():
        ContentType.objects.get_for_id(model.pk)  # what a running site knows
    cache.clear()
    heard: list[dict[str, Any]] = []
    for url in one.urls:
        with transaction.atomic():
            heard += ear.listen(one, url, lambda u=url: _get(application, u, cookie, one))
            transaction.set_rollback(True)
    return heard


def _get(application: Any, url: str, cookie: str, one: Any) -> None:
    path, _, query = url.partition("?")
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "club", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
        "HTTP_HOST": "club.test",
    }  # fmt: skip
    if one.signed_in:
        environ["HTTP_COOKIE"] = f"sessionid={cookie}"
    start: list[str] = []
    response = application(environ, lambda status, headers: start.append(status))
    try:
        body = b"".join(response)
    finally:
        response.close()
    if not start[0].startswith("200"):
        raise RuntimeError(f"{url} answered {start[0]}: {body[:200]!r}")


def _sign_in() -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    user = User.objects.get(username="anna")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _told(one: Any) -> dict[str, Any]:
    from club.cases._case import possible

    truths = [
        {"what": t.what, "names": t.names, "at": t.at, "tables": sorted(_tables(t.names))}
        for t in one.truths
    ]
    urls = list(one.urls)
    return {"case": one.path, "truths": truths, "urls": urls, "possible": possible(one)}


def _tables(names: tuple[str, ...]) -> set[str]:
    """The tables that queries for this relation read, for tools that know no more."""
    from django.apps import apps

    found: set[str] = set()
    for name in names:
        label, _, attribute = name.partition(".")
        try:
            model = apps.get_model("club", label)
        except LookupError:
            continue
        related = next((f for f in model._meta.get_fields() if _called(f) == attribute), None)
        if type(related).__name__ == "GenericForeignKey":
            found |= {"club_band", "club_venue"}
        target = getattr(related, "related_model", None) or model
        found.add(target._meta.db_table)
        if related is not None and getattr(related, "many_to_many", False):
            through = getattr(related, "through", None) or related.remote_field.through
            found.add(through._meta.db_table)
    return found


def _called(field: Any) -> str:
    accessor = getattr(field, "get_accessor_name", None)
    return str(accessor() if accessor is not None else field.name)


if __name__ == "__main__":
    main()
