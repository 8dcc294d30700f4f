"""An open-loop load: requests are sent when they are due, whatever the server is doing.

Latency counts from the moment a request was *due*, so that a server which stalls pays for all
that it kept waiting (no coordinated omission). Arrivals are Poisson, from a seed. Connections
are kept alive; a request takes an idle one or opens another.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context


@dataclass
class Latencies:
    """Of one kind of request, in milliseconds; ``failed`` had no answer, or not a 200."""

    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0

    def quantile(self, share: float) -> float:
        """The latency that this share of the answered requests did not exceed."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Loader:
    """Sends a mix of requests to one port and takes down how long each took."""

    def __init__(self, port: int, seconds_of_patience: float = 30.0) -> None:
        self.port = port
        self.patience = seconds_of_patience
        self.found: dict[str, Latencies] = {}
        self._idle: list[_Connection] = []

    async def run(
        self, mix: Mapping[str, float], seconds: float, seed: int, begin: float = 0.0
    ) -> None:
        """``mix`` gives requests per second by path; ``begin`` is a time of ``time.monotonic``."""
        loop = asyncio.get_running_loop()
        start = begin or loop.time() + 0.05
        due = sorted(
            (start + offset, path)
            for path, rate in mix.items()
            for offset in _arrivals(rate, seconds, random.Random(f"{seed} {path}"))
        )
        tasks = []
        for at, path in due:
            await asyncio.sleep(max(0.0, at - loop.time()))
            tasks.append(asyncio.create_task(self._one(path, at)))
        await asyncio.gather(*tasks)
        for connection in self._idle:
            connection.writer.close()

    async def _one(self, path: str, due: float) -> None:
        kept = self.found.setdefault(path, Latencies())
        try:
            status = await asyncio.wait_for(self._exchange(path), self.patience)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
            kept.failed += 1
            return
        kept.failed += status != 200
        kept.milliseconds.append((asyncio.get_running_loop().time() - due) * 1000)

    async def _exchange(self, path: str) -> int:
        """One request and its answer; a kept connection that the server ended is replaced."""
        request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
        while True:
            used = bool(self._idle)
            connection = self._idle.pop() if used else await self._connect()
            try:
                connection.writer.write(request)
                status, stays = await _answer(connection.reader)
            except (ConnectionError, asyncio.IncompleteReadError):
                connection.writer.close()
                if used:
                    continue
                raise
            if stays:
                self._idle.append(connection)
            else:
                connection.writer.close()
            return status

    async def _connect(self) -> _Connection:
        return _Connection(*await asyncio.open_connection("127.0.0.1", self.port))


def side_by_side(
    port: int, mix: Mapping[str, float], seconds: float, seed: int
) -> dict[str, Latencies]:
    """Each kind of request from a process of its own, beginning together: many answers of one kind
    that come at once keep nobody from seeing when one of another came."""
    begin = time.monotonic() + 0.5
    with ProcessPoolExecutor(len(mix), get_context("fork")) as pool:
        parts = [pool.submit(_send, port, one, seconds, seed, begin) for one in mix.items()]
        return {path: found for part in parts for path, found in part.result().items()}


def _send(
    port: int, one: tuple[str, float], seconds: float, seed: int, begin: float
) -> dict[str, Latencies]:
    loader = Loader(port)
    asyncio.run(loader.run(dict([one]), seconds, seed, begin))
    return loader.found


def _arrivals(rate: float, seconds: float, chance: random.Random) -> list[float]:
    offsets, at = [], chance.expovariate(rate)
    while at < seconds:
        offsets.append(at)
        at += chance.expovariate(rate)
    return offsets


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The status of a response that is read to its end, and whether the connection stays."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    lines = head.split("\r\n")
    fields = dict(line.split(":", 1) for line in lines[1:] if ":" in line)
    stays = "close" not in fields.get("connection", "")
    if "content-length" in fields:
        await reader.readexactly(int(fields["content-length"]))
    elif "chunked" in fields.get("transfer-encoding", ""):
        await _chunks(reader)
    else:
        await reader.read()
        stays = False
    return int(lines[0].split()[1]), stays


async def _chunks(reader: asyncio.StreamReader) -> None:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readuntil(b"\r\n")
