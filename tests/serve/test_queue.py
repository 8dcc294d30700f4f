"""Requests that wait for a thread: in order, so many and no more."""

from __future__ import annotations

from pathlib import Path

from serving import until

APPLICATION = """
import os, threading, time

running, most, lock, order = 0, 0, threading.Lock(), []

def application(environ, start_response):
    global running, most
    with lock:
        running += 1
        most = max(most, running)
        order.append(environ["PATH_INFO"])
    open("begun" + environ["PATH_INFO"].replace("/", "-"), "w").close()
    while environ["PATH_INFO"].startswith("/wait") and not os.path.exists("go"):
        time.sleep(0.005)
    with lock:
        running -= 1
    start_response("200 OK", [])
    return [f"{most} {' '.join(order)}".encode()]
"""


def ask(client, path: str) -> None:
    client.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def test_a_bounded_queue(native, tmp_path: Path) -> None:
    server = native(APPLICATION, threads=1, queue_limit=2, retry_after=3, shared=False)
    clients = [server.client() for _ in range(4)]
    ask(clients[0], "/wait")
    until((tmp_path / "begun-wait").exists)
    for number in (1, 2):
        ask(clients[number], f"/{number}")
        # Whatever comes later is answered later: so the order is known.
        with server.client() as probe:
            probe.send(b"GET / HTTP/0.9\r\n\r\n")
            assert probe.response().status == 505
    ask(clients[3], "/3")
    refused = clients[3].response()
    assert (refused.status, refused.headers["retry-after"]) == (503, "3")
    assert clients[3].closed()
    (tmp_path / "go").touch()
    bodies = [client.response().body for client in clients[:3]]
    assert bodies[2] == b"1 /wait /1 /2"
    with server.client() as client:
        ask(client, "/4")
        assert client.response().body == b"1 /wait /1 /2 /4"
    for client in clients:
        client.socket.close()


def test_so_many_views_at_once(native, tmp_path: Path) -> None:
    server = native(APPLICATION, threads=3)
    clients = [server.client() for _ in range(8)]
    for number, client in enumerate(clients):
        ask(client, f"/wait{number}")
    until(lambda: len(list(tmp_path.glob("begun-wait*"))) == 3)
    (tmp_path / "go").touch()
    for client in clients:
        body = client.response().body
        client.socket.close()
    assert body.split()[0] == b"3"


TOGETHER = """
import threading

met = threading.Barrier({count})

def application(environ, start_response):
    try:
        met.wait({seconds})
        answer = b"together"
    except threading.BrokenBarrierError:
        answer = b"alone"
    start_response("200 OK", [])
    return [answer]
"""


def together(native, count: int, seconds: float, **options) -> set[bytes]:
    """What as many requests as have to meet in their views are answered."""
    server = native(TOGETHER.format(count=count, seconds=seconds), **options)
    clients = [server.client() for _ in range(count)]
    for client in clients:
        ask(client, "/")
    bodies = {client.response().body for client in clients}
    for client in clients:
        client.socket.close()
    return bodies


def test_more_views_at_once_while_they_wait(native) -> None:
    assert together(native, 12, 60.0, threads=4, max_threads=16) == {b"together"}


def test_no_more_than_threads_where_it_is_fixed(native) -> None:
    assert together(native, 5, 0.5, threads=4) == {b"alone"}
