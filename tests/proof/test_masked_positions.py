"""Where the unchanged project differs by itself, the changed one may; nowhere else."""

from __future__ import annotations

import pytest
from test_compare import answer

from hotclub.proof._compare import compare
from hotclub.proof._positions import Elsewhere, masked

REST = b"\n<p>" + b"all the rest of a page " * 40 + b"</p>\n"


def page(ago: bytes, seen: bytes, by: bytes = b"ann") -> bytes:
    return b"<b>%s ago</b> by %s, seen %s times" % (ago, by, seen) + REST


def test_words_that_differ_by_themselves_are_masked() -> None:
    runs = page(b"3 seconds", b"41"), page(b"9 seconds", b"43"), page(b"4 seconds", b"42")
    assert masked(*runs) == (2, 3)
    verdict = compare(*map(answer, runs))
    assert verdict.outcome == "equal"
    assert [(mask.name, mask.count) for mask in verdict.masks] == [("what differs by itself", 2)]


def test_another_number_of_words_is_one_stretch() -> None:
    runs = page(b"3 seconds", b"41"), page(b"1 minute", b"41"), page(b"0", b"41")
    assert masked(*runs) == (1, len(b"3 seconds"))


def test_two_stretches_in_one_line_of_json() -> None:
    runs = [
        b'{"html": "<i>%s</i> and \\n %s"}' % pair + REST
        for pair in ((b"now", b"now"), (b"2 days", b"a month"), (b"1 day", b"1 month, 2 days"))
    ]
    assert masked(*runs) == (2, 6)


@pytest.mark.parametrize(
    "new",
    [
        page(b"9 seconds", b"41", by=b"ben"),
        page(b"nine seconds", b"41"),
        page(b"9 seconds", b"42"),
        page(b"9 seconds", b"41") + b"more\n",
        page(b"a long time", b"41", by=b"ben"),
    ],
)
def test_anything_else_is_a_difference(new: bytes) -> None:
    old, again = page(b"3 seconds", b"41"), page(b"4 seconds", b"41")
    with pytest.raises(Elsewhere):
        masked(old, new, again)
    assert compare(answer(old), answer(new), answer(again)).outcome == "different"


def test_where_the_old_runs_differ_in_form_nothing_is_proved() -> None:
    old, again = page(b"3 seconds", b"41"), page(b"3 seconds", b"41") + b"more\n"
    assert masked(old, old, again) is None
    assert compare(answer(old), answer(old), answer(again)).outcome == "unproved"


def test_a_long_stretch_proves_nothing() -> None:
    old, again = b"x " * 300 + REST, b"y " * 301 + REST
    assert masked(old, old, again) is None


def test_a_header_with_the_time_in_it() -> None:
    def run(minute: int, name: str = "tasks") -> bytes:
        return f'attachment; filename="{name}-at-2026-11-27-18-{minute}.json"'.encode()

    def verdict(*values: bytes) -> str:
        answers = [answer(b"x", ("Content-Disposition", value.decode())) for value in values]
        return compare(answers[0], answers[1], answers[2]).outcome

    assert verdict(run(40), run(42), run(41)) == "equal"
    files = (run(40, f"project-1-at-{part}") for part in ("9f31ac", "123456", "ab12cd"))
    assert verdict(*files) == "equal"
    assert verdict(run(40), b"inline", run(41)) == "unproved"
    assert verdict(b"cat", b"cat", b"dog") == "unproved"


def test_length_and_etag_follow_the_body() -> None:
    pages = page(b"9 seconds", b"1"), page(b"11 seconds", b"1"), page(b"10 seconds", b"1")
    runs = [
        answer(body, ("Content-Length", str(len(body))), ("ETag", f'"{body[:8].hex()}"'))
        for body in pages
    ]
    assert compare(*runs).outcome == "equal"
