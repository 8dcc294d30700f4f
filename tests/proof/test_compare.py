"""Equal means equal to the byte; masks stand only where two runs of one tree differ."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from hotclub.proof._compare import compare
from hotclub.proof.model import Answer, Verdict

TOKEN = "a" * 64
OTHER = "b" * 64


def answer(body: bytes = b"hello", *headers: tuple[str, str], status: int = 200) -> Answer:
    return Answer(status, headers, body, queries=1, milliseconds=1.0)


def form(token: str, text: str = "hi") -> bytes:
    padding = "x" * 4000
    field = f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
    return f"<form>{field}</form><p>{text}</p>{padding}".encode()


def test_same_bytes_are_equal() -> None:
    assert compare(answer(), answer(), answer()).outcome == "equal"


def test_one_byte_is_a_difference_and_is_shown() -> None:
    verdict = compare(answer(b"price 10"), answer(b"price 11"), answer(b"price 10"))
    assert verdict.outcome == "different"
    assert "byte 7" in verdict.reason


def test_status_and_headers_count() -> None:
    assert compare(answer(), answer(status=404), answer()).outcome == "different"
    plain, extra = answer(b"x", ("A", "1")), answer(b"x", ("A", "1"), ("B", "2"))
    assert compare(plain, extra, plain).outcome == "different"
    ordered = answer(b"x", ("A", "1"), ("B", "2"))
    turned = answer(b"x", ("B", "2"), ("A", "1"))
    assert compare(ordered, turned, ordered).outcome == "different"


def test_a_token_that_differs_by_itself_is_masked_and_named() -> None:
    verdict = compare(answer(form(TOKEN)), answer(form(OTHER)), answer(form("c" * 64)))
    assert verdict.outcome == "equal"
    assert [mask.name for mask in verdict.masks] == ["csrf token"]


def test_a_token_that_did_not_differ_is_not_masked() -> None:
    same = answer(form(TOKEN))
    assert compare(same, answer(form(OTHER)), same).outcome == "different"


def test_a_mask_does_not_hide_a_difference_elsewhere() -> None:
    verdict = compare(answer(form(TOKEN)), answer(form(OTHER, "ho")), answer(form("c" * 64)))
    assert verdict.outcome == "different"


def test_too_much_masked_is_unproved() -> None:
    stamps = [
        b" ".join(b"2026-01-0%d 10:00:0%d" % (day, second) for day in range(1, 9))
        for second in range(3)
    ]
    verdict = compare(*(answer(stamp) for stamp in stamps))
    assert verdict.outcome == "unproved"
    assert "masked" in verdict.reason


def test_a_page_that_differs_anyhow_is_unproved() -> None:
    verdict = compare(answer(b"lucky: cat"), answer(b"lucky: cat"), answer(b"lucky: dog"))
    assert verdict.outcome == "unproved"


def test_date_header_and_cookie_value_are_masked_only_when_unsteady() -> None:
    def run(second: int, cookie: str) -> Answer:
        date = f"Mon, 01 Jan 2026 10:00:0{second} GMT"
        return answer(b"x", ("Date", date), ("Set-Cookie", f"sessionid={cookie}; Path=/"))

    verdict = compare(run(1, "a"), run(2, "b"), run(3, "c"))
    assert verdict.outcome == "equal"
    assert {mask.name for mask in verdict.masks} == {"header Date: date", "cookie value sessionid"}
    moved = replace(
        run(2, "b"), headers=(run(2, "b").headers[0], ("Set-Cookie", "other=b; Path=/"))
    )
    assert compare(run(1, "a"), moved, run(3, "c")).outcome == "different"


def test_cookie_attributes_are_never_masked() -> None:
    def run(value: str, path: str) -> Answer:
        return answer(b"x", ("Set-Cookie", f"sessionid={value}; Path={path}"))

    assert compare(run("a", "/"), run("b", "/shop"), run("c", "/")).outcome == "different"


def sheet(second: int, cell: str = "3", name: str = "sheet.xml") -> bytes:
    """What a spreadsheet is made of, at this time."""
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        clock = (2026, 1, 1, 10, 0, second)
        made = f"<created>2026-01-01T10:00:{second:02}Z</created>{'<app/>' * 200}"
        archive.writestr(ZipInfo("core.xml", clock), made)
        archive.writestr(ZipInfo(name, clock), f"<v>{cell}</v>")
    return written.getvalue()


def test_archives_are_compared_by_what_they_hold() -> None:
    runs = [answer(sheet(second)) for second in (2, 4, 6)]
    verdict = compare(*runs)
    assert verdict.outcome == "equal"
    assert [mask.name for mask in verdict.masks] == ["dates of an archive's entries", "date"]
    for other in (sheet(4, cell="4"), sheet(4, name="else.xml"), sheet(4)[:-30], b"no archive"):
        assert compare(runs[0], answer(other), runs[2]).outcome == "different"


def test_the_length_of_an_unsteady_body_is_not_compared_by_itself() -> None:
    def run(text: str, length: int) -> Answer:
        body = f"<p>{text} minutes ago</p>{'x' * 4000}".encode()
        return answer(body, ("Content-Length", str(length)))

    assert compare(run("8", 9), run("10", 10), run("9", 9)).outcome == "equal"
    assert compare(run("8", 9), run("8", 10), run("8", 9)).outcome == "different"


def failed(error: str = "", status: int = 500, text: bytes = b"line 9") -> Answer:
    return replace(answer(text, status=status), error=error)


def test_the_text_of_a_page_that_fails_by_itself_is_no_evidence() -> None:
    moved = failed(text=b"line 10")
    assert compare(failed(), moved, failed()).outcome == "unproved"
    assert compare(failed("KeyError: 1"), failed("KeyError: 2"), failed("KeyError: 1")) == Verdict(
        "unproved", "the unchanged project failed: KeyError: 1"
    )
    assert compare(failed(), answer(), failed()).outcome == "unproved"
    assert compare(answer(), failed(), answer()).outcome == "different"


def test_what_fails_by_something_else_is_a_difference() -> None:
    before, after = failed("KeyError: 1"), failed("FieldError: no such field")
    assert compare(before, after, before).outcome == "different"
    assert compare(before, after, failed("OSError: full")).outcome == "unproved"
    assert compare(failed(), failed(status=502), failed()).outcome == "different"


@pytest.mark.parametrize("side", [0, 1, 2])
def test_errors_and_truncation_prove_nothing(side: int) -> None:
    runs = [answer(), answer(), answer()]
    runs[side] = replace(runs[side], truncated=True)
    assert compare(*runs).outcome == "unproved"
    runs[side] = replace(answer(), error="boom")
    assert compare(*runs).outcome == ("different" if side == 1 else "unproved")


COOKIE = " token=abc; expires=Sat, 27 Nov 2027 18:14:%s GMT; Max-Age=%s; Path=/"
UNTIL = "Sat, 28 Nov 2026 18:14:%s GMT"


def cookie(second: int, age: str = "60") -> tuple[tuple[str, str], ...]:
    return (("Set-Cookie", COOKIE % (second, age)),)


def stored(value: str) -> tuple[tuple[str, str], ...]:
    return (("Set-Cookie", value),)


def page(second: int, directives: str = "max-age=0, no-store") -> tuple[tuple[str, str], ...]:
    return (("Cache-Control", directives), ("Expires", UNTIL % second))


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (cookie(26), cookie(27), "equal"),
        (page(26), page(27), "equal"),
        (cookie(26), cookie(26, "61"), "different"),
        (cookie(26, ""), cookie(27, ""), "different"),
        (page(26, "no-cache"), page(27, "no-cache"), "different"),
        (page(26, "x-max-age=5"), page(27, "x-max-age=5"), "different"),
        (page(26), page(26)[:1], "different"),
        (page(26), page(26, "max-age=1, no-store"), "different"),
        (page(26, "public; max-age=60"), page(27, "public; max-age=60"), "different"),
        (page(26, "max-age=60s"), page(27, "max-age=60s"), "different"),
        (page(26, 'private, max-age="60"'), page(27, 'private, max-age="60"'), "equal"),
        (cookie(26, "-1"), cookie(27, "-1"), "equal"),
        (cookie(26, "60.5"), cookie(27, "60.5"), "different"),
        (cookie(26, '"60"'), cookie(27, '"60"'), "different"),
        (
            stored("a=1; Path=/expires=1; Max-Age=5"),
            stored("a=1; Path=/expires=2; Max-Age=5"),
            "different",
        ),
        (
            stored("a=1; expires=Sat, 27 Nov 2027 18:14:26 GMT; Path=/a,max-age=5"),
            stored("a=1; expires=Sat, 27 Nov 2027 18:14:27 GMT; Path=/a,max-age=5"),
            "different",
        ),
        (
            stored("a=1; expires=Sat, 27 Nov 2027 18:14:26 GMT"),
            stored("a=1; expires=Sat, 27 Nov 2027 18:14:27 GMT"),
            "different",
        ),
        (
            stored("a=expires=1; Max-Age=5"),
            stored("a=expires=2; Max-Age=5"),
            "different",
        ),
    ],
)
def test_times_that_no_client_heeds(
    old: tuple[tuple[str, str], ...], new: tuple[tuple[str, str], ...], outcome: str
) -> None:
    """The old runs are of one second, the new one of the next."""
    before, after = (answer(b"", *headers) for headers in (old, new))
    assert compare(before, after, before).outcome == outcome


def test_a_header_that_is_a_time_is_blanked_where_the_old_runs_differ() -> None:
    first, second, third = (
        answer(b"", ("X-Page-Generated", f"2026-11-28 18:1{minute}:01.5+00:00")) for minute in "137"
    )
    assert compare(first, third, second).outcome == "equal"
    assert compare(first, third, first).outcome == "different"
    other = answer(b"", ("X-Page-Generated", "never"))
    assert compare(first, other, second).outcome == "different"
    numbers = (answer(b"", ("X-Number", f"161234567{n}")) for n in (8, 1, 9))
    assert compare(*numbers).outcome == "unproved"
