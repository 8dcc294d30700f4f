"""Reading calls and writing answers, one JSON object a line."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Iterator
from typing import Any

from hotclub.agent.worker._errors import Failure, describe
from hotclub.agent.worker._worker import Worker


def serve(wire: int, config: dict[str, Any]) -> None:
    """Answer calls on ``wire`` until ``quit`` or the driver's end."""
    worker = Worker(config)
    for line in _lines(wire):
        call = json.loads(line)
        number = call.pop("id", None)
        op = call.pop("op", "")
        answer = {"id": number, **_answer(worker, op, call)}
        _write(wire, json.dumps(answer, default=str).encode() + b"\n")
        worker.rest()
        if op == "quit":
            return


def _answer(worker: Worker, op: str, call: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": True, **worker.call(op, call)}
    except Failure as failure:
        return _refused(worker, failure.error)
    except BaseException as error:
        traceback.print_exc()
        return _refused(worker, describe("internal", error, worker.tree))


def _refused(worker: Worker, error: dict[str, Any]) -> dict[str, Any]:
    """The answer for an error, its paths those of the user's tree."""
    message = error["message"].replace(worker.tree, worker.config["root"])
    return {"ok": False, "error": {**error, "message": message}}


def _lines(wire: int) -> Iterator[bytes]:
    pieces: list[bytes] = []
    while chunk := os.read(wire, 1 << 16):
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            yield b"".join((*pieces, line))
            pieces.clear()
        pieces.append(rest)


def _write(wire: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(wire, view) :]
