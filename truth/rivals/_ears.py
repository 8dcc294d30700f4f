"""What each tool says of a request, in words that all of them share.

An alarm has `rule`, the tool's own rule; `names`, what it says it is about; and `tables`, where
it knows no more than that. hotclub's are read from its recording afterwards.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable
from typing import Any

Alarm = dict[str, Any]
Ask = Callable[[], None]


class Hotclub:
    """Labels the request, so that findings can be told apart."""

    def listen(self, one: Any, url: str, ask: Ask) -> list[Alarm]:
        from hotclub.agent import recorder

        with recorder.request_label(f"{one.path}|{url}"):
            ask()
        return []


class Zeal:
    """Warns in words; a lookup is called `Model.get()`, everything else `Model.field`."""

    _SAYS = re.compile(r"N\+1 detected on \w+\.(\w+\.[\w()]+)")

    def listen(self, one: Any, url: str, ask: Ask) -> list[Alarm]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            ask()
        said = {match[1] for w in caught if (match := self._SAYS.search(str(w.message)))}
        return [{"rule": self._rule(name), "names": [name], "tables": []} for name in sorted(said)]

    def _rule(self, name: str) -> str:
        if name.endswith(".get()"):
            return "get"
        from django.apps import apps
        from django.core.exceptions import FieldDoesNotExist

        model, _, attribute = name.partition(".")
        try:
            field: Any = apps.get_model("club", model)._meta.get_field(attribute)
        except (FieldDoesNotExist, LookupError):
            return "n+1"
        return "n+1" if field.is_relation else "deferred"


class NPlusOne:
    """Logs in words."""

    _SAYS = re.compile(r"Potential (n\+1 query|unnecessary eager load) detected on `(\w+\.\w+)`")

    def __init__(self) -> None:
        logger = logging.getLogger("nplusone")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        self._said: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: self._said.append(record.getMessage())  # type: ignore
        logger.addHandler(handler)

    def listen(self, one: Any, url: str, ask: Ask) -> list[Alarm]:
        self._said.clear()
        ask()
        found = {match.groups() for text in self._said if (match := self._SAYS.search(text))}
        return [
            {"rule": "n+1" if kind.startswith("n+1") else "unused", "names": [name], "tables": []}
            for kind, name in sorted(found)
        ]


class QueryDoctor:
    """Its middleware hands its prescriptions to reporters; here is one of them."""

    _RULES = {"n_plus_one": "n+1", "duplicate_query": "duplicate"}

    def __init__(self) -> None:
        from query_doctor import middleware

        self._reports: list[Any] = []
        # Reporters are chosen by name, and none of those can be listened to.
        middleware._get_reporters = lambda config: [self]

    def report(self, report: Any) -> None:
        self._reports.append(report)

    def listen(self, one: Any, url: str, ask: Ask) -> list[Alarm]:
        self._reports.clear()
        ask()
        return [
            self._alarm(prescription)
            for report in self._reports
            for prescription in report.prescriptions
            if prescription.issue_type.value in self._RULES
        ]

    def _alarm(self, prescription: Any) -> Alarm:
        extra = prescription.extra
        names = []
        if extra.get("field"):
            names = [f"{str(extra['model']).rpartition('.')[2]}.{extra['field']}"]
        rule = self._RULES[prescription.issue_type.value]
        if extra.get("strategy") == "bulk_fetch":
            rule = "get"
        return {"rule": rule, "names": names, "tables": [extra.get("table")]}


EARS = {"hotclub": Hotclub, "zeal": Zeal, "nplusone": NPlusOne, "query-doctor": QueryDoctor}
