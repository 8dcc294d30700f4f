"""Answers requests of the test project in a process of its own, under the recorder or not.

    python -m tests.recorder.drive JOB

JOB is JSON: `record` (a Config's values, or null), `requests` ([[method, path, body], …]),
`answers` (a file for the responses' digests), `database`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).parent / "project"


def prepare(database: str) -> None:
    """Make the project importable and its database filled."""
    os.environ["LIBRARY_DATABASE"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    sys.path.insert(0, str(PROJECT))


def fill(database: str) -> None:
    """Create the database, if there is none."""
    import django
    from django.core.management import call_command

    django.setup()
    if not os.path.exists(database):
        call_command("migrate", run_syncdb=True, verbosity=0)
        from library.models import fill

        fill()


def call(application, method: str, path: str, body: str = "", **extra: str):
    """One request as a WSGI server would make it: (status, headers, body)."""
    path, _, query = path.partition("?")
    content = body.encode()
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "library.test", "CONTENT_LENGTH": str(len(content)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content), "wsgi.errors": sys.stderr, **extra,
    }  # fmt: skip
    start = []
    response = application(environ, lambda status, headers: start.append((status, headers)))
    try:
        return int(start[0][0][:3]), start[0][1], b"".join(response)
    finally:
        response.close()


def main() -> None:
    job = json.loads(sys.argv[1])
    prepare(job["database"])
    from hotclub.agent import recorder

    if job["record"]:
        recorder.install({"root": str(PROJECT), **job["record"]})
    fill(job["database"])
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    answers = []
    for method, path, body in job["requests"]:
        with recorder.request_label(f"{method} {path}"):
            status, _headers, content = call(application, method, path, body)
        answers.append([path, status, hashlib.sha256(content).hexdigest()])
    recorder.uninstall()
    if job.get("answers"):
        Path(job["answers"]).write_text(json.dumps(answers))


if __name__ == "__main__":
    main()
