"""For development: what a request's queries show, in the page that made them."""

from hotclub.debug._middleware import FindingsMiddleware

__all__ = ["FindingsMiddleware"]
