"""Reading the forms of a page, as a browser would before it sends one of them back."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser

_ERRORS = re.compile(
    r"<(\w+)[^>]*\bclass=[\"'][^\"']*(?:errorlist|errornote|invalid-feedback|alert)[^>]*>(.*?)</\1>",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_SHOWN = 200


@dataclass
class Form:
    """One form: where it goes, and what it would send if nobody typed anything."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)

    def has(self, names: Collection[str]) -> int:
        """How many of these fields it has."""
        return sum(name in self.fields for name in names)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "option" and self._select and ("selected" in values):
            self._open.fields[self._select] = values.get("value", "")
        elif tag in ("input", "textarea", "select") and values.get("name"):
            self._add(tag, values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = ""

    def _add(self, tag: str, values: dict[str, str]) -> None:
        assert self._open is not None
        kind = values.get("type", "text").lower() if tag == "input" else tag
        if tag == "select":
            self._select = values["name"]
        if kind in ("submit", "button", "image", "reset", "file"):
            return
        if kind in ("checkbox", "radio") and "checked" not in values:
            return
        default = "on" if kind == "checkbox" else ""
        self._open.fields.setdefault(values["name"], values.get("value", default))


def forms_of(text: str) -> list[Form]:
    """The forms of a page, in its order."""
    page = _Page()
    page.feed(text)
    return page.forms


def form_for(text: str, names: Collection[str]) -> Form | None:
    """The posted form that has most of these fields; None if none has any of them."""
    found = [form for form in forms_of(text) if form.method == "post" and form.has(names)]
    return max(found, key=lambda form: form.has(names), default=None)


def complaints(text: str) -> str:
    """What a page says is wrong with what was typed; empty if it says nothing."""
    found = [" ".join(_TAG.sub(" ", one).split()) for _, one in _ERRORS.findall(text)]
    told = "; ".join(html.unescape(one) for one in dict.fromkeys(found) if one)
    return told[:_SHOWN]
