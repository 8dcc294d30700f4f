"""Every mistake an application can make, one for each path."""

import sys


def raises(environ, start_response):
    raise LookupError("raised at once")


def raises_after_start(environ, start_response):
    start_response("200 OK", [("X-Wrong", "1")])
    raise LookupError("raised after start_response")


def raises_in_iteration(environ, start_response):
    start_response("200 OK", [])
    raise LookupError("raised before the first piece")
    yield b""


def raises_after_a_piece(environ, start_response):
    start_response("200 OK", [])
    yield b"begun"
    raise LookupError("raised after a piece")


def raises_after_a_sized_piece(environ, start_response):
    start_response("200 OK", [("Content-Length", "10")])
    yield b"begun"
    raise LookupError("raised after a piece")


class Closing:
    def __init__(self, pieces, error=None):
        self.pieces, self.error = pieces, error

    def __iter__(self):
        return iter(self.pieces)

    def close(self):
        print("closed", file=sys.stderr, flush=True)
        if self.error:
            raise self.error


def closes(environ, start_response):
    start_response("200 OK", [])
    return Closing([b"fine"])


def closes_generator(environ, start_response):
    start_response("200 OK", [])
    try:
        yield b"a"
        yield b"b"
    finally:
        print("generator closed", file=sys.stderr, flush=True)


def raises_in_close(environ, start_response):
    start_response("200 OK", [])
    return Closing([b"fine"], LookupError("raised in close"))


def closes_after_error(environ, start_response):
    start_response("200 OK", [])

    def pieces():
        raise LookupError("raised while iterating")
        yield b""

    return Closing(pieces())


def exits(environ, start_response):
    raise SystemExit("leaving")


def no_start(environ, start_response):
    return [b"x"]


def returns_none(environ, start_response):
    start_response("200 OK", [])


def returns_str(environ, start_response):
    start_response("200 OK", [])
    return ["text"]


def returns_a_tuple_inside(environ, start_response):
    start_response("200 OK", [])
    return [(b"text",)]


def yields_str(environ, start_response):
    start_response("200 OK", [])
    yield "text"


def starts_twice(environ, start_response):
    start_response("200 OK", [])
    start_response("200 OK", [])
    return [b"x"]


def replaces(environ, start_response):
    start_response("200 OK", [("X-First", "1")])
    try:
        raise LookupError("found while rendering")
    except LookupError:
        start_response("503 Busy", [("X-Second", "1")], sys.exc_info())
    return [b"sorry"]


def replaces_too_late(environ, start_response):
    start_response("200 OK", [])
    yield b"begun"
    try:
        raise LookupError("found too late")
    except LookupError:
        start_response("503 Busy", [], sys.exc_info())


def keeps_start_response(environ, start_response):
    if not hasattr(sys, "kept"):
        sys.kept = start_response
        sys.kept_input = environ["wsgi.input"]
        start_response("200 OK", [])
        return [b"kept"]
    errors = []
    for call in (
        lambda: sys.kept("200 OK", []),
        lambda: sys.kept.write(b"x"),
        lambda: sys.kept_input.read(),
    ):
        try:
            call()
        except Exception as error:
            errors.append(str(error))
    start_response("200 OK", [])
    return ["; ".join(errors).encode()]


def wrong(environ, start_response):
    arguments = {
        "status-type": (b"200 OK", []),
        "status-short": ("20", []),
        "status-text": ("fine", []),
        "status-glued": ("200OK", []),
        "status-1xx": ("101 Switching Protocols", []),
        "status-break": ("200 OK\r\nX: 1", []),
        "status-latin": ("200 \u20ac", []),
        "headers-none": ("200 OK", None),
        "headers-dict": ("200 OK", {"A": "b"}),
        "header-list": ("200 OK", [["A", "b"]]),
        "header-three": ("200 OK", [("A", "b", "c")]),
        "header-bytes": ("200 OK", [(b"A", b"b")]),
        "value-int": ("200 OK", [("Content-Length", 5)]),
        "value-break": ("200 OK", [("A", "b\r\nSet-Cookie: c")]),
        "value-newline": ("200 OK", [("A", "b\nc")]),
        "value-nul": ("200 OK", [("A", "b\0")]),
        "value-latin": ("200 OK", [("A", "\u20ac")]),
        "name-space": ("200 OK", [("A B", "c")]),
        "name-colon": ("200 OK", [("A:", "c")]),
        "name-empty": ("200 OK", [("", "c")]),
        "length-sign": ("200 OK", [("Content-Length", "-1")]),
        "length-two": ("200 OK", [("Content-Length", "1"), ("Content-Length", "2")]),
        "one": ("200 OK",),
        "four": ("200 OK", [], None, None),
    }[environ["QUERY_STRING"]]
    try:
        start_response(*arguments)
    except (TypeError, ValueError) as error:
        start_response("400 Refused", [("X-Error", type(error).__name__)])
        return [str(error).encode()]
    return [b"accepted"]


def keyword(environ, start_response):
    start_response("200 OK", [], exc_info=None)
    return [b"fine"]


def threads(environ, start_response):
    import threading

    start_response("200 OK", [])
    main = threading.current_thread() is threading.main_thread()
    return [f"{main} {threading.current_thread().name}".encode()]


def application(environ, start_response):
    return globals()[environ["PATH_INFO"][1:]](environ, start_response)
