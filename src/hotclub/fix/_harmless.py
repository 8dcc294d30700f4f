"""Calls of which everybody knows that they ask no database and change nothing."""

from __future__ import annotations

import libcst as cst

from hotclub.fix._source import Source

_BUILTIN = frozenset({
    "abs", "bool", "chr", "divmod", "float", "format", "hex", "int", "isinstance", "ord", "pow",
    "print", "range", "repr", "round", "str",
})  # fmt: skip
_OF_TEXT = frozenset({
    "casefold", "endswith", "format", "isdigit", "join", "lower", "lstrip", "removeprefix",
    "removesuffix", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper",
    "zfill",
})  # fmt: skip
"""Methods of text, and of nothing that has to do with a database."""


def is_harmless(source: Source, call: cst.Call) -> bool:
    """Whether this is a plain builtin, that the file has nothing of its own for, or of text."""
    func = call.func
    if isinstance(func, cst.Attribute):
        return func.attr.value in _OF_TEXT
    return isinstance(func, cst.Name) and func.value in _BUILTIN - _own(source)


def _own(source: Source) -> set[str]:
    """The names of functions and classes that a file has, and what it gives a value or imports."""
    functions = [one.name for one in source.nodes(cst.FunctionDef)]
    defined = [*functions, *(one.name for one in source.nodes(cst.ClassDef))]
    given = [one.target for one in source.nodes(cst.AssignTarget)]
    brought = [one.asname.name if one.asname else one.name for one in source.nodes(cst.ImportAlias)]
    found = [*defined, *given, *brought]
    return {one.value for one in found if isinstance(one, cst.Name)}
