"""Requests and responses as a recording has them."""

from __future__ import annotations

import hashlib
import json

import pytest

from hotclub.recording import Recording
from tests.recorder.playing import PROJECT, Played


def test_every_request_is_there(played: Played) -> None:
    requests = played.recording.requests()
    assert [request.path for request in requests] == [
        str(path).partition("?")[0] if "reset" not in str(path) else "/reset/[redacted]/"
        for path, _, _ in played.answers
    ]
    (process,) = played.recording.processes()
    assert process.requests == len(requests)
    assert process.ended is not None and process.ended > process.started
    assert (process.dropped_requests, process.drop_reason) == (0, None)


def test_digests_and_sizes_are_those_of_the_responses(played: Played) -> None:
    for (_, status, digest), request in zip(
        played.answers, played.recording.requests(), strict=True
    ):
        assert request.status == status
        assert request.body_digest == digest
        assert request.duration_ns > 0
        assert request.depth == played.depth


def test_route_view_and_target(played: Played) -> None:
    request = played.request("template/?again=1")
    assert (request.path, request.query, request.target) == (
        "/template/",
        "again=1",
        "/template/?again=1",
    )
    assert (request.route, request.view) == (r"^(?P<name>\w+)/$", "page")
    assert (request.method, request.scheme, request.host) == ("GET", "http", "library.test")
    assert played.request("generic/books").view == "book-list"
    assert request.user is None


def test_errors(played: Played) -> None:
    request = played.request("failing")
    assert request.status == 500
    message = "ValueError" if played.depth == "light" else "ValueError: the value was 17"
    assert request.error == message
    assert played.request("forward_key").error is None


def test_bodies(played: Played) -> None:
    for page in ("template", "streamed", "file"):
        request = played.request(page)
        body = played.recording.body(request)
        if played.depth == "light":
            assert body is None
        else:
            assert body is not None and not body.truncated
            assert hashlib.sha256(body.content).hexdigest() == request.body_digest
            assert len(body.content) == request.body_size


def test_a_file_is_what_it_was(played: Played) -> None:
    content = (PROJECT / "library" / "views.py").read_bytes()
    assert played.request("file").body_digest == hashlib.sha256(content).hexdigest()


def test_secrets_are_left_out(played: Played) -> None:
    form = played.request("form/?page=2&api_key=abc")
    assert form.query == "page=2&api_key=%5Bredacted%5D"
    if played.depth == "light":
        assert form.request_body is None
    else:
        assert form.request_body == b"name=anna&password=%5Bredacted%5D"
        body = played.recording.body(form)
        assert body is not None
        assert json.loads(body.content) == {"name": "anna", "token": "[redacted]"}
    reset = played.request("reset/verysecret")
    assert reset.path == "/reset/[redacted]/"
    headers = dict(reset.response_headers)
    assert headers["X-Api-Key"] == "[redacted]"
    assert headers["Set-Cookie"] == "sessionid=[redacted]; Path=/"


def test_light_keeps_no_values(played: Played) -> None:
    for request in played.recording.requests():
        for query in played.recording.queries(request):
            if played.depth == "light":
                assert query.sql is None and query.params is None
            else:
                assert query.sql
                assert query.params is None or query.params.startswith("#")


def test_equal_parameters_are_equal_digests(played: Played) -> None:
    if played.depth == "light":
        pytest.skip("light recordings have no parameters")
    queries = played.recording.queries(played.request("nested"))
    countries = [query.params for query in queries if "library_country" in query.fingerprint]
    assert len(countries) == 8 and len(set(countries)) == 1
    books = [query.params for query in queries if 'FROM "library_book"' in query.fingerprint]
    assert len(set(books)) == 8


def test_spans(played: Played) -> None:
    spans = played.recording.spans(played.request("api/books"))
    kinds = {span.kind for span in spans}
    assert {"middleware", "view", "serializer", "fetch", "query"} <= kinds
    names = {span.name for span in spans}
    assert "django.contrib.sessions.middleware.SessionMiddleware" in names
    assert "library.middleware.passing" in names
    assert "library.api.BookViewSet" in names
    assert "library.serializers.BookSerializer" in names
    numbers = {span.id: span for span in spans}
    for span in spans:
        if span.parent_id is not None:
            parent = numbers[span.parent_id]
            assert parent.started_ns <= span.started_ns
            assert span.duration_ns <= parent.duration_ns


def test_templates_with_their_includes(played: Played) -> None:
    spans = played.recording.spans(played.request("template"))
    templates = {}
    for span in spans:
        if span.kind == "template":
            templates[span.name] = templates.get(span.name, 0) + span.count
    assert templates == {"library/list.html": 1, "library/_book.html": 9}


def test_cache_calls(played: Played) -> None:
    spans = played.recording.spans(played.request("cached"))
    names = [span.name for span in spans if span.kind == "cache"]
    assert names[:3] == ["default.set", "default.get", "default.get_many"]


def test_fingerprints_have_no_values(played: Played) -> None:
    queries = played.recording.queries(played.request("raw"))
    assert queries[0].fingerprint == "SELECT * FROM library_book"
    assert queries[0].alias == "default"


def test_what_the_recording_says_of_itself(played: Played) -> None:
    recording: Recording = played.recording
    assert recording.depth == played.depth
    assert recording.root == str(PROJECT)
    assert set(recording.meta) >= {"django", "python", "hotclub", "created"}
