"""The middleware that records each request, has the doctor look at it, and shows what it says.

Requests are recorded deeply, as :func:`hotclub.testing.assert_no_findings` does, and looked at
before the response leaves. Nothing is kept: a request's recording is a file for as long as the
doctor reads it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.utils.deprecation import MiddlewareMixin

from hotclub.agent import recorder
from hotclub.debug._panel import Seen, insert, panel, summary
from hotclub.doctor import examine
from hotclub.doctor.silence import Selection, reported, selection_of
from hotclub.errors import HotclubError
from hotclub.testing import root_of_project

HEADER = "X-Hotclub-Findings"
_OF_ALL_REQUESTS = ("HC105", "HC108")
"""Codes of what only all requests together can say: one that looks at nothing is not every one."""
_log = logging.getLogger("hotclub.debug")


class FindingsMiddleware(MiddlewareMixin):
    """Shows the findings of this request in its page, and in the header ``X-Hotclub-Findings``.

    It is for development: without ``DEBUG`` Django leaves it out. Streamed responses are left as
    they are, since what they do comes later; those that are no HTML, or are encoded already, get
    the header only. What goes wrong in here is logged, and costs the page nothing.

    Raises:
        MiddlewareNotUsed: ``DEBUG`` is off.
    """

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed("hotclub.debug is for development: DEBUG is off")
        super().__init__(get_response)
        if recorder.active() is None:
            recorder.install(_config())

    def process_response(self, request: Any, response: Any) -> Any:
        """The response, with what there is to say in it."""
        if response.streaming:
            return response
        try:
            seen = _look(request, response)
            if seen is not None:
                response.headers[HEADER] = summary(seen)
                insert(response, panel(seen, _nonce(request)))
        except Exception:
            _log.exception("the findings of %s cannot be shown", request.path)
        return response


def _config() -> recorder.Config:
    """Everything is recorded, and nothing waits to be written."""
    return recorder.Config(
        os.devnull, root_of_project(None), "deep", body_cap=0, ring_events=0, ring_bytes=0
    )


def _look(request: Any, response: Any) -> Seen | None:
    """What the request has shown so far; None if it is not being recorded."""
    active = recorder.active()
    if active is None:
        return None
    root = Path(active.config.root)
    with tempfile.TemporaryDirectory(prefix="hotclub-") as directory:
        path = Path(directory) / "request.hclb"
        active.write_current(path, request, response)
        if not path.exists():
            return None
        diagnosis = examine(path, root)
    found = [one for one in diagnosis.findings if one.code not in _OF_ALL_REQUESTS]
    return Seen(diagnosis.queries, reported(found, root, _selection(root)))


def _selection(root: Path) -> Selection:
    """Read for each request: a baseline is used up, and the file may have been changed."""
    try:
        return selection_of(root)
    except HotclubError as error:
        _log.error("%s; all findings are shown", error)
        return Selection()


def _nonce(request: Any) -> str:
    """That of the page's Content-Security-Policy: Django's own (6.0) or django-csp's."""
    for name in ("_csp_nonce", "csp_nonce"):
        nonce = getattr(request, name, None)
        if nonce is None:  # it is lazy, and false until it is asked for
            continue
        with contextlib.suppress(Exception):  # django-csp's raises when the policy has been written
            return str(nonce)
    return ""
