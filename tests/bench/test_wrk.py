"""What wrk prints is read right, errors included."""

from __future__ import annotations

import pytest

from hotclub.bench import _wrk
from hotclub.errors import HotclubError

GOOD = """Running 1s test @ http://127.0.0.1:1/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    52.38us   29.40us   1.11ms   94.19%
    Req/Sec   139.00k     2.00k  140.00k    63.64%
  152317 requests in 1.10s, 19.03MB read
Requests/sec: 138470.00
Transfer/sec:     17.30MB
"""
BAD = GOOD.replace(
    "Requests/sec",
    "  Socket errors: connect 1, read 2, write 3, timeout 4\n"
    "  Non-2xx or 3xx responses: 90\nRequests/sec",
)


def test_counts() -> None:
    burst = _wrk.read(GOOD, 8)
    assert (burst.requests, burst.seconds, burst.errors) == (152317, 1.1, 0)
    assert burst.rate == pytest.approx(138470)


def test_few_answers_are_judged_by_how_long_they_took() -> None:
    text = GOOD.replace("152317 requests in 1.10s", "2 requests in 1.10s")
    assert _wrk.read(text.replace("52.38us", "400.00ms"), 1).rate == pytest.approx(2.5)


def test_errors_are_counted() -> None:
    assert _wrk.read(BAD, 8).errors == 100


def test_anything_else_is_said() -> None:
    with pytest.raises(HotclubError, match="unexpected"):
        _wrk.read("unable to connect to 127.0.0.1:1 Connection refused", 8)


def test_without_wrk_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(HotclubError, match="apt-get install wrk"):
        _wrk.require()
