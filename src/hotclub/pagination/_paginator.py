"""``KeysetPaginator``: Django's ``Paginator``, but pages are found by key.

    page = KeysetPaginator(Order.objects.order_by("-created"), 50).get_page(request.GET.get("page"))

A page is named by a token that says which row it begins after; ``?page=3`` still works, by OFFSET,
and leads on by tokens. What has no keys to go by (a list, a ``union()``, a random order) has
numbered pages only, and ``unseekable`` says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import QuerySet

from hotclub.pagination import _token
from hotclub.pagination._count import Count, counted
from hotclub.pagination._order import Unseekable, order_of
from hotclub.pagination._page import KeysetPage
from hotclub.pagination._rows import Row, Rows
from hotclub.pagination._token import Position, Unspeakable

_NUMBERS = 10**9
"""What is smaller is the number of a page."""


class InvalidToken(PageNotAnInteger):
    """A link to a page that was altered, or that belongs to another order."""


class _Last(int):
    """How many pages there are at least; asked for as a page, the last one."""


class KeysetPaginator(Paginator):  # type: ignore[type-arg]
    """Takes what Django's takes.

    ``count_limit``: ``count`` and ``num_pages`` are exact up to so many rows; None counts them
    all, as Django does. They are only counted when somebody asks.
    """

    count_limit: int | None = 10_000
    default_error_messages = {
        **Paginator.default_error_messages,
        "invalid_token": "That link to a page is damaged; begin with the first page.",
        "outdated_token": "The list is sorted otherwise now; begin with the first page.",
    }

    def __iter__(self) -> Iterator[Any]:
        """Every page in turn, each by key where there are keys."""
        page = self.page(1)
        yield page
        while page.has_next():
            page = self._at(page.next) if self._rows is not None else self.page(page.next.number)
            yield page

    def page(self, number: Any) -> Any:
        """The page that a token or a number names, or ``"last"``.

        Raises ``InvalidToken`` and ``PageNotAnInteger`` for what names none, ``EmptyPage`` for
        numbers beyond the end.
        """
        if isinstance(number, _Last) or number == "last":
            return self._last()
        wanted = self.validate_number(number)
        if isinstance(wanted, Position):
            return self._at(wanted)
        if self._rows is None or wanted > 1:
            return self._by_offset(wanted)
        return self._forward(None, 1)

    def get_page(self, number: Any) -> Any:
        """The same for whatever a visitor sends: the first page, or the last, instead of an
        error."""
        try:
            return self.page(number)
        except PageNotAnInteger:
            return self._forward(None, 1) if self._rows is not None else self._by_offset(1)
        except EmptyPage:
            return self._last()

    def validate_number(self, number: Any) -> Any:
        """The number as an ``int``, or the position that a token names."""
        if isinstance(number, str) and number and not number.isdecimal() and len(number) > 20:
            return self._position(number)
        try:
            if isinstance(number, float) and not number.is_integer():
                raise ValueError
            wanted = int(number)
        except (TypeError, ValueError):
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from None
        if wanted < 1:
            raise EmptyPage(self.error_messages["min_page"])
        return wanted if wanted < _NUMBERS else self._position(wanted)

    @cached_property
    def count(self) -> int:
        """How many rows there are, as far as counted: a :class:`Count`."""
        if isinstance(self.object_list, QuerySet) and not self.object_list.query.is_sliced:
            return counted(self.object_list, self.count_limit)
        return Count(Paginator(self.object_list, self.per_page).count)

    @cached_property
    def num_pages(self) -> int:
        """How many pages there are; at least, where the rows are not counted to the end."""
        count = self.count
        if not count and not self.allow_empty_first_page:
            return 0
        pages = -(-max(1, count - self.orphans) // self.per_page)
        return pages if isinstance(count, Count) and count.exact else _Last(pages)

    @property
    def unseekable(self) -> str:
        """Why there are only numbered pages; empty if there are tokens."""
        return "" if isinstance(self._sought, Rows) else self._sought

    @property
    def fingerprint(self) -> bytes | None:
        """What tells one order from another, where there are tokens."""
        return None if self._rows is None else self._rows.fingerprint

    def _check_object_list_is_ordered(self) -> None:
        """Unordered rows come in the order of their keys, so that there is nothing to warn of."""
        if self.unseekable:
            super()._check_object_list_is_ordered()  # type: ignore[misc]

    @cached_property
    def _sought(self) -> Rows | str:
        try:
            return Rows(self.object_list, order_of(self.object_list))
        except Unseekable as reason:
            return str(reason)

    @property
    def _rows(self) -> Rows | None:
        return self._sought if isinstance(self._sought, Rows) else None

    def _position(self, text: str | int) -> Position:
        if self.fingerprint is None:
            raise InvalidToken(self.error_messages["invalid_token"])
        try:
            return _token.unpack(_token.read(text), self.fingerprint)
        except _token.Unreadable:
            raise InvalidToken(self.error_messages["invalid_token"]) from None
        except _token.Outdated:
            raise InvalidToken(self.error_messages["outdated_token"]) from None

    def _at(self, position: Position) -> KeysetPage:
        if not position.values:
            return self._last()
        if position.kind.startswith(">"):
            return self._forward(position, position.number)
        return self._backward(position, position.number)

    def _forward(self, position: Position | None, number: int | None) -> KeysetPage:
        assert self._rows is not None
        rows = self._rows.after(position, True, self.per_page + self.orphans + 1)
        page, more = self._cut(rows)
        if not page and position is None and not self.allow_empty_first_page:
            raise EmptyPage(self.error_messages["no_results"])
        return self._made(page, number, position, before=position is not None, after=more)

    def _backward(self, position: Position | None, number: int | None) -> KeysetPage:
        assert self._rows is not None
        rows = self._rows.after(position, False, self.per_page + 1)
        more = len(rows) > self.per_page
        page = rows[: self.per_page][::-1]
        if not more:
            number = 1
        elif number is not None:
            number = max(2, number)
        return self._made(page, number, position, before=more, after=position is not None)

    def _last(self) -> KeysetPage:
        """The last rows, by reading the order from its end: nobody counted the pages before."""
        if self._rows is not None:
            page = self._backward(None, None)
            with suppress(Unspeakable):
                page.previous_token()
                return page
        pages = int(Paginator(self.object_list, self.per_page, self.orphans).num_pages)
        return self._by_offset(max(1, pages))

    def _by_offset(self, number: int) -> KeysetPage:
        begin, limit = (number - 1) * self.per_page, self.per_page + self.orphans + 1
        if self._rows is None:
            return self._numbered(number, begin, begin + limit)
        page, more = self._cut(self._rows.skipping(begin, limit))
        if not page:
            raise EmptyPage(self.error_messages["no_results"])
        return self._made(page, number, None, before=number > 1, after=more, by_offset=True)

    def _numbered(self, number: int, begin: int, end: int) -> KeysetPage:
        """A page of what has no keys."""
        rows = list(self.object_list[begin:end])
        page, more = self._cut(rows)
        if not page and (number > 1 or not self.allow_empty_first_page):
            raise EmptyPage(self.error_messages["no_results"])
        shown: Any = self.object_list[begin : begin + len(page)]
        if hasattr(shown, "_result_cache"):
            shown._result_cache = page
            shown._prefetch_done = True
        return KeysetPage(
            shown,
            number,
            self,
            previous=Position("<", number - 1, ()) if number > 1 else None,
            next=Position(">", number + 1, ()) if more else None,
            by_offset=True,
        )

    def _cut(self, rows: Sequence[Any]) -> tuple[Sequence[Any], bool]:
        """The page among the rows from its begin on, and whether there are more."""
        more = len(rows) > self.per_page + self.orphans
        return (rows[: self.per_page] if more else rows), more

    def _made(
        self,
        rows: Sequence[Row],
        number: int | None,
        position: Position | None,
        *,
        before: bool,
        after: bool,
        by_offset: bool = False,
    ) -> KeysetPage:
        """The page, with the places around it; of an empty one, where it would have been."""
        assert self._rows is not None
        first, last = (rows[0][1], rows[-1][1]) if rows else ((), ())
        values, closed = (position.values, "=") if position and not rows else ((), "")
        lower = None if number is None else number - 1
        upper = None if number is None else number + 1
        return KeysetPage(
            self._rows.listed([row for row, _ in rows]),
            number,
            self,
            previous=Position("<" + closed, lower, first or values) if before else None,
            next=Position(">" + closed, upper, last or values) if after else None,
            by_offset=by_offset,
        )
