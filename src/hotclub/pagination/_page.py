"""A page that knows where its neighbours begin, instead of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import EmptyPage, Page

from hotclub.pagination import _token
from hotclub.pagination._token import Position

if TYPE_CHECKING:
    from hotclub.pagination._paginator import KeysetPaginator


class KeysetPage(Page):  # type: ignore[type-arg]
    """A page as templates for Django's know it.

    ``number`` counts from the first page of a walk, and is None on a last page that nobody
    counted up to. ``next`` and ``previous`` are where the pages around it begin, or None.
    """

    def __init__(
        self,
        object_list: Any,
        number: int | None,
        paginator: KeysetPaginator,
        *,
        previous: Position | None,
        next: Position | None,
        by_offset: bool,
    ) -> None:
        super().__init__(object_list, number, paginator)  # type: ignore[arg-type]
        self.fingerprint = paginator.fingerprint
        self.previous = previous
        self.next = next
        self.by_offset = by_offset
        """It was found by OFFSET: the database read all rows before it."""

    def __repr__(self) -> str:
        return f"<Page {self.number}>"

    def has_next(self) -> bool:
        return self.next is not None

    def has_previous(self) -> bool:
        return self.previous is not None

    def next_page_number(self) -> Any:
        """What the link to the next page has for a page; raises ``EmptyPage`` if there is none."""
        return self._said(self.next, self.paginator.error_messages["no_results"])

    def previous_page_number(self) -> Any:
        """What the link to the page before has for a page; raises ``EmptyPage`` likewise."""
        return self._said(self.previous, self.paginator.error_messages["min_page"])

    def next_token(self) -> str | None:
        """The same, shorter, for links that are not read by ``int()``; None if there is none."""
        return None if self.next is None else self._spelled(self.next, _token.as_text)

    def previous_token(self) -> str | None:
        return None if self.previous is None else self._spelled(self.previous, _token.as_text)

    def start_index(self) -> Any:
        """The number of the first row, as counted from where the walk began."""
        if self.number is None:
            return None
        return 0 if not len(self.object_list) else (self.number - 1) * self.paginator.per_page + 1

    def end_index(self) -> Any:
        start = self.start_index()
        return start and start + len(self.object_list) - 1

    def _said(self, position: Position | None, missing: Any) -> str:
        if position is None:
            raise EmptyPage(missing)
        return self._spelled(position, _token.as_digits)

    def _spelled(self, position: Position, spell: Any) -> str:
        """A token; where values cannot be said in one, the number of the page.

        Raises ``Unspeakable`` if it has none.
        """
        order = self.fingerprint
        if order is not None:
            try:
                return str(spell(_token.pack(position, order)))
            except _token.Unspeakable:
                if position.number is None:
                    raise
        return str(position.number)
