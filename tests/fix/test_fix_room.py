"""The room's door, and what the command asks of the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hotclub import fix
from hotclub.cli._fix_requests import replayed
from hotclub.doctor import Diagnosis, Request
from hotclub.fix import Fix, Lookup
from tests.fix.fixing import EVIDENCE, Files, finding


def test_all_that_is_named_can_be_imported():
    assert sorted(fix.__all__) == fix.__all__
    for name in fix.__all__:
        assert getattr(fix, name) is not None


def request(path, route, user=None):
    label = f"GET {path}" + (f" ({user})" if user else "")
    return Request(label, "GET", path, "", user, route, True)


def test_a_proof_replays_where_a_finding_cost_most_and_one_of_every_other_route(tmp_path):
    requests = (
        request("/a/1/", "a/<pk>/"),
        request("/a/2/", "a/<pk>/"),
        request("/a/2/", "a/<pk>/", "staff"),
        request("/products/", "products/"),
        request("/products/?page=2", "products/"),
        request("/products/?page=3", "products/"),
        request("/products/?page=4", "products/"),
    )
    labels = ("GET /gone/", *(f"GET /products/?page={number}" for number in (3, 2, 4)))
    seen = finding("category", evidence=replace(EVIDENCE, requests=labels))
    files = Files(tmp_path)
    files.add("a.py", "«x»")
    lookups = (Lookup("select_related", "category"),)
    one = Fix("a.py", files.place("a.py"), lookups, (seen,), "")
    diagnosis = Diagnosis(Path(), (seen,), (), requests, 7, 0)
    assert [each.label for each in replayed(diagnosis, [one])] == [
        "GET /a/1/",
        "GET /products/?page=3",
    ]
