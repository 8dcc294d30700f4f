"""A crowd of clients that cost a server patience: ``_slow_crowd.py PORT IDLE DRIPPING``.

The idle ones say nothing, the others send a byte of a header each second, one after the other as
clients do that know nothing of each other. A burst of theirs would also keep the load generator
on the same core from measuring. Prints "ready" when all are connected, and stays until standard
input ends.
"""

from __future__ import annotations

import resource
import select
import socket
import sys
import time

BEGINNING = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
TICK = 0.001  # s


def connect(port: int, address: str) -> socket.socket:
    client = socket.socket()
    client.bind((address, 0))
    client.connect(("127.0.0.1", port))
    return client


def main(port: int, idle: int, dripping: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # Several addresses: one has not enough ports for all.
    crowd = [connect(port, f"127.0.0.{2 + number // 5000}") for number in range(idle + dripping)]
    for client in crowd[idle:]:
        client.sendall(BEGINNING)
    print("ready", flush=True)
    drip(crowd[idle:])


def drip(clients: list[socket.socket]) -> None:
    """A byte from each in a second, evenly, until standard input ends."""
    start, sent = time.monotonic(), 0
    while not select.select([sys.stdin], [], [], TICK)[0]:
        due = int((time.monotonic() - start) * len(clients))
        for number in range(sent, due):
            clients[number % len(clients)].send(b"x")
        sent = due


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
