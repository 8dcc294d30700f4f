"""Keyset pagination: every page costs what the first one does, however deep.

``KeysetPaginator`` stands wherever Django's ``Paginator`` stands: in plain views, as
``paginator_class`` of a ``ListView``, as ``paginator`` of a ``ModelAdmin`` (see ``admin``).
``rest`` has the class for Django REST framework. This room imports Django and, in ``rest`` only,
DRF; nothing else of hotclub. ``docs/pagination.md`` says how it is used, and what differs.
"""

from hotclub.pagination._count import Count
from hotclub.pagination._page import KeysetPage
from hotclub.pagination._paginator import InvalidToken, KeysetPaginator

__all__ = ["Count", "InvalidToken", "KeysetPage", "KeysetPaginator"]
