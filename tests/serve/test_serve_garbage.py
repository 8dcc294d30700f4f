"""What the application is made of is left out of collections."""

from __future__ import annotations

import pytest

APPLICATION = """
import gc

loaded = [[number] for number in range(5000)]

def application(environ, start_response):
    start_response("200 OK", [])
    return [str(sum(one is loaded for one in gc.get_objects())).encode()]
"""


@pytest.mark.parametrize("options", [(), ("--preload",)])
def test_nobody_looks_for_garbage_in_what_stays(start, options: tuple[str, ...]) -> None:
    assert start(APPLICATION, *options).get().body == b"0"
