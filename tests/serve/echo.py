"""Answers with what it was asked, as JSON, or misbehaves as the path says."""

import json
import os
import time


def application(environ, start_response):
    return ROUTES.get(environ["PATH_INFO"], echo)(environ, start_response)


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    seen = {key: value for key, value in environ.items() if isinstance(value, (str, int))}
    seen["body"] = body.decode("latin-1")
    seen["pid"] = os.getpid()
    data = json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [data]


def size(environ, start_response):
    total = 0
    while piece := environ["wsgi.input"].read(65536):
        total += len(piece)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{total} {environ.get('CONTENT_LENGTH')}".encode()]


def lines(environ, start_response):
    source = environ["wsgi.input"]
    got = [source.readline(3), source.readline(), source.readlines(1), list(source), source.read()]
    start_response("200 OK", [])
    return [repr(got).encode()]


def big_lines(environ, start_response):
    longest = max(environ["wsgi.input"], key=len, default=b"")
    start_response("200 OK", [])
    return [f"{len(longest)}".encode()]


def empty(environ, start_response):
    start_response("204 No Content", [])
    return []


def unchanged(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"x"')])
    return []


def nothing(environ, start_response):
    start_response("200 OK", [])
    return []


def several(environ, start_response):
    start_response("200 OK", [])
    return [b"one ", b"", b"two ", b"three"]


def streamed(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b""
    yield b"first"
    open("waiting", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.01)
    yield b"second"


def written(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"by hand, ")
    return [b"then returned"]


def sized(environ, start_response):
    start_response("200 OK", [("Content-Length", "10")])
    return iter([b"01234", b"56789"])


def too_long(environ, start_response):
    start_response("200 OK", [("Content-Length", "3")])
    return [b"abcdef"]


def too_short(environ, start_response):
    start_response("200 OK", [("Content-Length", "10")])
    return [b"abc"]


def file(environ, start_response):
    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](open(__file__, "rb"), 16)


def cookies(environ, start_response):
    start_response("200 Fine", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [b"ok"]


def sleep(environ, start_response):
    open("sleeping", "w").close()
    time.sleep(float(environ["QUERY_STRING"] or 1))
    start_response("200 OK", [])
    return [b"slept"]


def large(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"x" * int(environ["QUERY_STRING"])]


ROUTES = {"/" + name.replace("_", "-"): value for name, value in list(globals().items())}
