"""What a file calls Django's ``Index``."""

from __future__ import annotations

import re

import libcst as cst

from hotclub.fix._source import Source
from hotclub.fix.model import Edit, Refused

_PACKAGES = ("django.db", "django.contrib.gis.db")
_MODELS = tuple(f"{package}.models" for package in _PACKAGES)


def index_class(source: Source) -> tuple[str, list[Edit]]:
    """How to write ``Index`` in this file, and the edit that imports it where it has to be.

    Raises:
        Refused: the file does not import Django's models in a way that is understood.
    """
    imports = _imports(source)
    for node in imports:
        name = _known(source, node)
        if name:
            return name, []
    addable = [one for one in imports if _module(source, one) in _MODELS]
    if not addable or re.search(r"\bIndex\b", source.text):
        raise Refused(
            "it is not clear what this file calls django.db.models; add the index by hand"
        )
    names = addable[0].names
    assert not isinstance(names, cst.ImportStar)  # it would be known
    end = source.span(names[-1])[1]
    comma = isinstance(names[-1].comma, cst.Comma)
    at = end - 1 if comma and source.text[end - 1] == "," else end
    return "Index", [Edit(at, at, ", Index")]


def _known(source: Source, node: cst.Import | cst.ImportFrom) -> str:
    """How ``Index`` is written after this import; empty where it says nothing of it."""
    names = _names(node)
    if isinstance(node, cst.Import):
        return f"{names['django.db.models']}.Index" if "django.db.models" in names else ""
    module = _module(source, node)
    if module in _PACKAGES and "models" in names:
        return f"{names['models']}.Index"
    if module in _MODELS:
        return "Index" if isinstance(node.names, cst.ImportStar) else names.get("Index", "")
    return ""


def _module(source: Source, node: cst.Import | cst.ImportFrom) -> str:
    """What an absolute ``from`` imports from."""
    if isinstance(node, cst.Import) or node.relative or node.module is None:
        return ""
    return source.text_of(node.module)


def _imports(source: Source) -> list[cst.Import | cst.ImportFrom]:
    """Those at the top level of the module."""
    found: list[cst.Import | cst.ImportFrom] = []
    for statement in source.nodes(cst.SimpleStatementLine):
        if isinstance(source.parent(statement), cst.Module):
            found += [s for s in statement.body if isinstance(s, (cst.Import, cst.ImportFrom))]
    return found


def _names(node: cst.Import | cst.ImportFrom) -> dict[str, str]:
    """What is imported, with what it is called here."""
    if isinstance(node.names, cst.ImportStar):
        return {}
    found = {}
    for alias in node.names:
        name = alias.evaluated_name
        found[name] = alias.evaluated_alias or name
    return found
