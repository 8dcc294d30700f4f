"""HC604: other servers that are asked inside a transaction, and outside of one."""

from __future__ import annotations

import pytest
from shelves import Shelves

VIEWS = """
import urllib.request

def _ask(host):
    try:
        urllib.request.urlopen(f"http://{host}:9/", timeout=0.2)
    except OSError:
        pass

def inside(request):
    with transaction.atomic():
        Book.objects.get(pk=1)
        _ask("shop.invalid")
    return HttpResponse()

def by_address(request):
    with transaction.atomic():
        _ask("192.0.2.1")
    return HttpResponse()

def before(request):
    _ask("shop.invalid")
    with transaction.atomic():
        Book.objects.get(pk=1)
    return HttpResponse()

def after(request):
    with transaction.atomic():
        transaction.on_commit(lambda: _ask("shop.invalid"))
        Book.objects.get(pk=1)
    return HttpResponse()

def here(request):
    with transaction.atomic():
        _ask("127.0.0.1")
        _ask("localhost")
    return HttpResponse()
"""
TRUE = {"inside": "shop.invalid", "by_address": "192.0.2.1"}


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    targets = [*TRUE, "before", "after", "here"]
    return Shelves(tmp_path_factory.mktemp("outbound"), VIEWS, targets)


@pytest.mark.parametrize("view", TRUE)
def test_asked_inside_a_transaction(shelves: Shelves, view: str) -> None:
    (seen,) = shelves.seen(view)
    assert (seen.code, seen.trigger[0].qualname) == ("HC604", "_ask")
    assert seen.detail == f"{TRUE[view]} while default was in a transaction"
    assert seen.trigger[1].qualname == view and "on_commit" in seen.advice


@pytest.mark.parametrize("view", ["before", "after", "here"])
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.codes(view) == []
