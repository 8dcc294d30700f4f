"""Answers wait for one another, but not for what their view does after it has answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from nativeserver import Native
from serving import Client

APPLICATION = """
import gc, time
from hotclub import _native

class Answer:
    def __init__(self, pause):
        self.pause = pause

    def __iter__(self):
        return iter([b"answer"])

    def close(self):
        time.sleep(self.pause)

def generator():
    yield b"answer"
    time.sleep(1)

def expire(seconds):
    server = next(one for one in gc.get_objects() if type(one) is _native.Server)
    return [str(server.expire(float(seconds))).encode()]

def application(environ, start_response):
    path = environ["PATH_INFO"]
    start_response("200 OK", [] if path == "/expire" else [("Content-Length", "6")])
    if path == "/first":  # what comes meanwhile is brought by one poll
        until = time.perf_counter() + 0.0006
        while time.perf_counter() < until:
            pass
    if path == "/expire":
        return expire(environ["QUERY_STRING"])
    return generator() if path == "/generator" else Answer(path == "/slow")
"""
BURST = 8


def asking(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@contextmanager
def burst(server: Native, path: str) -> Iterator[list[Client]]:
    """Many requests at once, the second of them for the path."""
    with ExitStack() as stack:
        clients = [stack.enter_context(server.client()) for _ in range(BURST)]
        for client in clients:
            client.send(asking("/quick"))
            assert client.response().body == b"answer"
        time.sleep(0.05)
        targets = ["/first", path, *["/quick"] * (BURST - 2)]
        for client, target in zip(clients, targets, strict=True):
            client.send(asking(target))
        yield clients


def test_nobody_waits_for_close_nor_for_a_generator_s_end(native: Callable[..., Native]) -> None:
    server = native(APPLICATION, threads=4, max_threads=16)
    for path in ("/slow", "/generator") * 3:
        with burst(server, path) as clients:
            began = time.monotonic()
            assert [client.response().body for client in clients] == [b"answer"] * BURST
            assert time.monotonic() - began < 0.7


def test_what_has_been_answered_is_not_answered_504(native: Callable[..., Native]) -> None:
    server = native(APPLICATION, threads=4, max_threads=16)
    for _ in range(3):
        with burst(server, "/slow") as clients:
            time.sleep(0.4)
            assert server.get("/expire?0.2").body in (b"1", b"2")  # it may count itself
            assert [client.response().status for client in clients] == [200] * BURST
        time.sleep(0.7)
