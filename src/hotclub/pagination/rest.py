"""Keyset pages for Django REST framework: ``pagination_class = KeysetPagination``.

The response and its schema are those of DRF's ``CursorPagination``. What differs: any order the
queryset has, ties and NULLs included; a link that was altered is answered 404 and not obeyed; and
``?page=3`` of clients that count pages still works.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import InvalidPage
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.utils.urls import remove_query_param, replace_query_param

from hotclub.pagination._paginator import KeysetPaginator

_SHORT = 20
"""Fewer characters than any token has."""


class KeysetPagination(CursorPagination):  # type: ignore[misc]
    """Sorted by what the queryset is sorted by, or by ``ordering`` where that is given and no
    ordering filter of the view has chosen."""

    ordering: Any = None
    page_query_param: str | None = "page"
    """For clients that know numbers; None where there are none."""
    page_query_description = "The number of a page; the cursors of next and previous are quicker."
    paginator_class = KeysetPaginator

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """The rows of the page that was asked for; raises ``NotFound``."""
        self.request = request
        self.page_size = self.get_page_size(request)
        if not self.page_size:
            return None
        self.base_url = request.build_absolute_uri()
        ordered = self._ordered(queryset, request, view)
        paginator = self.paginator_class(ordered, self.page_size)
        try:
            self.page = paginator.page(self._asked(request))
        except InvalidPage as error:
            raise NotFound(str(error)) from None
        if self.page.has_other_pages() and self.template is not None:
            self.display_page_controls = True
        return list(self.page.object_list)

    def get_next_link(self) -> str | None:
        """The address of the next page."""
        return self._link(self.page.next_token())

    def get_previous_link(self) -> str | None:
        """The address of the page before."""
        return self._link(self.page.previous_token())

    def get_schema_operation_parameters(self, view: Any) -> Any:
        """The cursor and the size as DRF's, and the number of a page."""
        parameters = super().get_schema_operation_parameters(view)
        if self.page_query_param is None:
            return parameters
        number = {
            "name": self.page_query_param,
            "required": False,
            "in": "query",
            "description": self.page_query_description,
            "schema": {"type": "integer"},
        }
        return [*parameters, number]

    def _asked(self, request: Any) -> Any:
        token = request.query_params.get(self.cursor_query_param)
        if token:
            if len(token) <= _SHORT:
                raise NotFound(self.invalid_cursor_message)
            return token
        return request.query_params.get(self.page_query_param) or 1

    def _ordered(self, queryset: Any, request: Any, view: Any) -> Any:
        if not self.ordering:
            return queryset
        for backend in getattr(view, "filter_backends", ()):
            asks = getattr(backend, "get_ordering", None) and backend().get_ordering
            if asks and asks(request, queryset, view):
                return queryset
        names = (self.ordering,) if isinstance(self.ordering, str) else self.ordering
        return queryset.order_by(*names)

    def _link(self, token: str | None) -> str | None:
        """A token in the address; a number where there is no token."""
        if token is None:
            return None
        name = self.page_query_param or ""
        if len(token) > _SHORT:
            url = remove_query_param(self.base_url, name)
            return str(replace_query_param(url, self.cursor_query_param, token))
        url = remove_query_param(self.base_url, self.cursor_query_param)
        return str(replace_query_param(url, name, token))
