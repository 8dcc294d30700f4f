"""Migrations for new indexes, made by the project's own ``makemigrations`` on a copy.

Where PostgreSQL alone keeps an app's tables they are made concurrently, so that nobody who writes
has to wait; such a migration cannot be one transaction.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence

import libcst as cst

from hotclub.errors import HotclubError
from hotclub.fix.model import Refused
from hotclub.workspace import AgentError, ChildError, Workspace

NAME = "add_indexes"
DROPPING = "remove_indexes"
_NUMBERS = itertools.count(1)


class Migrations:
    """Runs ``makemigrations`` in branches of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __call__(
        self, app: str, sources: Mapping[str, str], names: Sequence[str]
    ) -> Mapping[str, str]:
        """The files that it writes for ``app`` once its sources are these, the migration first.

        Raises:
            Refused: it would record something else than indexes of these names, or cannot run.
        """
        return self._made(app, NAME, sources, names, ("AddIndex",))

    def drop(self, app: str, sources: Mapping[str, str], names: Sequence[str]) -> Mapping[str, str]:
        """The same where these sources ask for fewer indexes: ``names`` are those of indexes, and
        ``model.field`` of fields that have none any more."""
        return self._made(app, DROPPING, sources, names, ("RemoveIndex", "AlterField"))

    def _made(
        self,
        app: str,
        name: str,
        sources: Mapping[str, str],
        names: Sequence[str],
        kinds: Sequence[str],
    ) -> Mapping[str, str]:
        try:
            tree = self._workspace.branch(f"indexes-{next(_NUMBERS)}", sources)
            with self._workspace.child(tree=tree, run="migrations") as child:
                answer = child.call("makemigrations", app=app, name=name)
        except (AgentError, ChildError) as error:
            raise Refused(f"makemigrations {app} does not run on a copy: {error}") from None
        except HotclubError as error:
            raise Refused(str(error)) from None
        operations = answer["operations"]
        other = [told for kind, _, told in operations if kind not in kinds]
        other += [told for _, found, told in operations if found not in (*names, "")]
        if other:
            raise Refused(
                f"makemigrations {app} would also record other changes of its models "
                f"({'; '.join(dict.fromkeys(other))}); make that migration first"
            )
        if {found for _, found, _ in operations} != set(names):
            raise Refused(f"makemigrations {app} does not record the index; do it by hand")
        files: dict[str, str] = answer["files"]
        if answer["vendors"] == ["postgresql"]:
            path = next(iter(files))
            files[path] = concurrently(files[path])
        return files


def concurrently(text: str) -> str:
    """The migration, as ``makemigrations`` writes it, with its indexes made and dropped
    concurrently; one that does neither stays as it is.

    Raises:
        Refused: it is not written as expected.
    """
    text, count = re.subn(r"\bmigrations\.(Add|Remove)Index\(", r"\1IndexConcurrently(", text)
    if not count:
        return text
    used = ", ".join(sorted(set(re.findall(r"\b(?:Add|Remove)IndexConcurrently\b", text))))
    line = f"from django.contrib.postgres.operations import {used}\n"
    text, imports = re.subn(r"^(?=from django\.db import )", line, text, count=1, flags=re.M)
    text, classes = re.subn(
        r"^(class Migration\(.*\):\n)\n*", r"\1    atomic = False\n\n", text, count=1, flags=re.M
    )
    if not imports or not classes:
        raise Refused("makemigrations writes the migration in a way that hotclub does not know")
    return text


def behind(text: str, app: str, other: str) -> str:
    """The migration, to be applied after another new one of its app.

    Raises:
        Refused: it does not say in a known way what it comes after.
    """
    text, count = re.subn(
        rf"""(\(["']{re.escape(app)}["'], ["'])\w+(["']\))""", rf"\g<1>{other}\g<2>", text, count=1
    )
    if not count:
        raise Refused("the two migrations cannot be put in order; write them one after the other")
    return text


def only(text: str, names: Collection[str]) -> str:
    """A migration without the operations on other indexes than these: names, or ``model.field``."""
    module = cst.parse_module(text)
    code = module.visit(_Others(frozenset(names))).code
    return re.sub(r"(?<=\n)[ \t]+\n(?=[ \t]*\])", "", code)


class _Others(cst.CSTTransformer):
    """Takes elements out of lists: the operations of indexes that are not wanted."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self._names = names

    def leave_Element(
        self, original_node: cst.Element, updated_node: cst.Element
    ) -> cst.Element | cst.RemovalSentinel:
        name = _subject(original_node.value)
        if name is None or name in self._names:
            return updated_node
        return cst.RemoveFromParent()


def _subject(node: cst.BaseExpression) -> str | None:
    """The name of the index that an operation adds or removes, ``model.field`` of one that alters a
    field; None for anything else."""
    if not isinstance(node, cst.Call):
        return None
    function = node.func
    last = function.attr if isinstance(function, cst.Attribute) else function
    kind = last.value if isinstance(last, cst.Name) else ""
    if kind.startswith("AddIndex"):
        index = _argument(node, "index")
        return _text(index, "name") if isinstance(index, cst.Call) else None
    if kind.startswith("RemoveIndex"):
        return _text(node, "name")
    if kind == "AlterField":
        return f"{_text(node, 'model_name')}.{_text(node, 'name')}".lower()
    return None


def _argument(call: cst.Call, name: str) -> cst.BaseExpression | None:
    return next((a.value for a in call.args if a.keyword and a.keyword.value == name), None)


def _text(call: cst.Call, name: str) -> str | None:
    value = _argument(call, name)
    return str(value.evaluated_value) if isinstance(value, cst.SimpleString) else None
