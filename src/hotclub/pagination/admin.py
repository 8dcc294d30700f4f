"""The change list of Django's admin by key.

    @admin.register(Order)
    class OrderAdmin(KeysetAdmin):
        ...

or, for a class that stays as it is, ``paginator = AdminPaginator`` and
``show_full_result_count = False``. The list of pages becomes first, previous, this one, next, last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.utils.html import escape

from hotclub.pagination import _token
from hotclub.pagination._page import KeysetPage
from hotclub.pagination._paginator import KeysetPaginator


class _Link(int):
    """What a link to a page has for a number, and what it shows instead."""

    label: str

    def __new__(cls, value: int | str, label: str) -> _Link:
        self = super().__new__(cls, value)
        self.label = label
        return self

    def __html__(self) -> str:
        return escape(self.label)


class AdminPaginator(KeysetPaginator):
    """Says what the admin shows below a change list."""

    def page(self, number: Any) -> Any:
        self._shown = super().page(number)
        return self._shown

    def get_elided_page_range(
        self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2
    ) -> Iterator[Any]:
        """The pages to link to. Without tokens: their numbers, as Django gives them."""
        page = getattr(self, "_shown", None)
        if not isinstance(page, KeysetPage) or self.fingerprint is None:
            numbers = super().get_elided_page_range
            yield from numbers(number, on_each_side=on_each_side, on_ends=on_ends)
            return
        if page.has_previous():
            yield _Link(1, "1")
            yield _Link(page.previous_page_number(), "‹")
        yield _Link(number, "…" if page.number is None else str(page.number))
        if page.has_next():
            yield _Link(page.next_page_number(), "›")
            yield self._end(self.fingerprint)

    def _end(self, order: bytes) -> _Link:
        count: Any = self.count
        if count.exact:
            return _Link(self.num_pages, str(self.num_pages))
        end = _token.pack(_token.Position("<", None, ()), order)
        return _Link(_token.as_digits(end), "»")


class KeysetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A ``ModelAdmin`` whose change list costs the same at its end, and never counts all rows."""

    paginator = AdminPaginator
    show_full_result_count = False
