"""``hotclub serve`` with no options, in the directory of a Django project."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serving import Serving, run

VIEWS = """
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import path

def hello(request):
    return HttpResponse(f"{request.method} {request.GET.get('q')} {request.POST.get('p')}")

def upload(request):
    file = request.FILES["file"]
    return HttpResponse(f"{file.name} {file.size}")

def parts(request):
    response = HttpResponse()
    response.write("one ")
    response.write("two")
    return response

urlpatterns = [
    path("", hello),
    path("upload", upload),
    path("parts", parts),
    path("file", lambda request: FileResponse(open(__file__, "rb"))),
    path("stream", lambda request: StreamingHttpResponse(iter(["a", "b"]))),
    path("boom", lambda request: 1 / 0),
]
"""

Make = Callable[..., Serving]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What ``django-admin startproject`` makes, and a few views."""
    command = [sys.executable, "-m", "django", "startproject", "site1", str(tmp_path)]
    subprocess.run(command, check=True)
    (tmp_path / "site1" / "urls.py").write_text(VIEWS)
    settings = tmp_path / "site1" / "settings.py"
    text = settings.read_text().replace("    'django.middleware.csrf.CsrfViewMiddleware',\n", "")
    settings.write_text(text.replace("ALLOWED_HOSTS = []", "ALLOWED_HOSTS = ['*']"))
    return tmp_path


@pytest.fixture
def make(project: Path) -> Iterator[Make]:
    started: list[Serving] = []

    def begin(*options: str, directory: Path = project, ready: int = 1) -> Serving:
        started.append(Serving(directory, *options, application=""))
        return started[-1].ready(ready)

    yield begin
    for serving in started:
        serving.kill()


def test_no_option_is_needed(make: Make) -> None:
    serving = make("--workers=1")
    assert serving.get("/?q=1").body == b"GET 1 None"
    with serving.client() as client:
        form = "Host: x\nContent-Type: application/x-www-form-urlencoded"
        head = f"POST / HTTP/1.1\n{form}\nContent-Length: 5"
        assert client.request(head, b"p=%26").body == b"POST None &"
        head = f"POST / HTTP/1.1\n{form}\nTransfer-Encoding: chunked"
        assert client.request(head, b"5\r\np=abc\r\n0\r\n\r\n").body == b"POST None abc"
    assert serving.stop() == 0


def test_responses_of_every_kind(make: Make, project: Path) -> None:
    serving = make("--workers=1")
    assert serving.get("/parts").body == b"one two"
    assert serving.get("/stream").body == b"ab"
    assert serving.get("/file").body == (project / "site1" / "urls.py").read_bytes()
    assert serving.get("/boom").status == 500
    assert serving.get("/missing").status == 404


def test_an_upload(make: Make) -> None:
    serving = make("--workers=1")
    content = b"\r\n--x".join([b"y" * 100_000] * 30)
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n\r\n'
        + content
        + b"\r\n--edge--\r\n"
    )
    head = (
        "POST /upload HTTP/1.1\nHost: x\nContent-Type: multipart/form-data; boundary=edge\n"
        f"Content-Length: {len(body)}"
    )
    with serving.client() as client:
        assert client.request(head, body).body == f"f.bin {len(content)}".encode()


def test_without_a_wsgi_application_in_the_settings(make: Make, project: Path) -> None:
    settings = project / "site1" / "settings.py"
    settings.write_text(settings.read_text().replace("WSGI_APPLICATION =", "UNUSED ="))
    (project / "site1" / "wsgi.py").unlink()
    assert make("--workers=1").get("/?q=2").body == b"GET 2 None"


def test_settings_and_directory_by_option(make: Make, project: Path, tmp_path: Path) -> None:
    (project / "site1" / "other.py").write_text("from site1.settings import *\nDEBUG = False\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    options = (f"--chdir={project}", "--settings=site1.other", "--workers=1")
    serving = make(*options, directory=elsewhere)
    assert b"Traceback" not in serving.get("/boom").body


def test_no_project(tmp_path: Path) -> None:
    status, said = run(tmp_path, "--bind=127.0.0.1:0")
    assert status == 3 or status == 2
    assert "no manage.py was found" in said and "pass --settings" in said
    assert "Traceback" not in said


def test_settings_that_fail_to_import(project: Path) -> None:
    (project / "site1" / "settings.py").write_text("import os\n\nSECRET = os.environ['NOT_SET']\n")
    status, said = run(project, "--bind=127.0.0.1:0", "--workers=2")
    assert status == 3
    assert "KeyError: 'NOT_SET'" in said and 'settings.py", line 3' in said
    assert said.count("hotclub: ") == 1 and "Traceback" not in said


def test_an_application_of_the_project_that_fails(project: Path) -> None:
    (project / "shop").mkdir()
    (project / "shop" / "__init__.py").touch()
    (project / "shop" / "models.py").write_text("from django.db import models\nmodels.Wrong\n")
    settings = project / "site1" / "settings.py"
    settings.write_text(settings.read_text() + "INSTALLED_APPS += ['shop']\n")
    status, said = run(project, "--bind=127.0.0.1:0")
    assert status == 3
    assert 'shop/models.py", line 2' in said and "Traceback" not in said
