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
        try:
            tree = self._workspace.branch(f"indexes-{next(_NUMBERS)}", sources)
            with self._workspace.child(tree=tree, run="migrations") as child:
                answer = child.call("makemigrations", app=app, name=NAME)
        except (AgentError, ChildError) as error:
            raise Refused(f"makemigrations {app} does not run on a copy: {error}") from None
        except HotclubError as error:
            raise Refused(str(error)) from None
        other = [told for kind, name, told in answer["operations"] if kind != "AddIndex"]
        other += [t for kind, name, t in answer["operations"] if name not in (*names, "")]
        if other:
            raise Refused(
                f"makemigrations {app} would also record other changes of its models "
                f"({'; '.join(dict.fromkeys(other))}); make that migration first"
            )
        made = {name for _, name, _ in answer["operations"]}
        if made != set(names):
            raise Refused(f"makemigrations {app} does not record the index; add it by hand")
        files: dict[str, str] = answer["files"]
        if answer["vendors"] == ["postgresql"]:
            path = next(iter(files))
            files[path] = concurrently(files[path])
        return files


_IMPORT = "from django.contrib.postgres.operations import AddIndexConcurrently\n"


def concurrently(text: str) -> str:
    """The migration, as ``makemigrations`` writes it, with its indexes made concurrently.

    Raises:
        Refused: it is not written as expected.
    """
    text = text.replace("migrations.AddIndex(", "AddIndexConcurrently(")
    text, imports = re.subn(r"^(?=from django\.db import )", _IMPORT, text, count=1, flags=re.M)
    text, classes = re.subn(
        r"^(class Migration\(.*\):\n)\n*", r"\1    atomic = False\n\n", text, count=1, flags=re.M
    )
    if not imports or not classes:
        raise Refused("makemigrations writes the migration in a way that hotclub does not know")
    return text


def only(text: str, names: Collection[str]) -> str:
    """A migration without the operations that add other indexes than these."""
    module = cst.parse_module(text)
    return module.visit(_Others(frozenset(names))).code


class _Others(cst.CSTTransformer):
    """Takes elements out of lists: the operations of indexes that are not wanted."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self._names = names

    def leave_Element(
        self, original_node: cst.Element, updated_node: cst.Element
    ) -> cst.Element | cst.RemovalSentinel:
        name = _added(original_node.value)
        if name is None or name in self._names:
            return updated_node
        return cst.RemoveFromParent()


def _added(node: cst.BaseExpression) -> str | None:
    """The name of the index that an operation adds; None for anything else."""
    if not isinstance(node, cst.Call) or not _adds(node):
        return None
    for arg in node.args:
        if arg.keyword and arg.keyword.value == "index" and isinstance(arg.value, cst.Call):
            for inner in arg.value.args:
                if inner.keyword and inner.keyword.value == "name":
                    value = inner.value
                    if isinstance(value, cst.SimpleString):
                        return str(value.evaluated_value)
    return None


def _adds(call: cst.Call) -> bool:
    function = call.func
    last = function.attr if isinstance(function, cst.Attribute) else function
    return isinstance(last, cst.Name) and last.value in ("AddIndex", "AddIndexConcurrently")
