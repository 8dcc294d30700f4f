"""Does anybody read an instance after it was changed and saved, but the function that did so?

A column that was given an expression holds that expression once the row is saved, until
`refresh_from_db()`. Only what a function loads itself, and keeps to itself, is sure not to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import libcst as cst

from hotclub.fix._chain import called_name
from hotclub.fix._known import Column
from hotclub.fix._loaded import loaded
from hotclub.fix._returns import enclosing
from hotclub.fix._source import Source
from hotclub.fix._variables import inside, mentions, root
from hotclub.fix.model import Refused


@dataclass(frozen=True)
class Held:
    """A change of `owner.column`, such as `book.pages`, and the call that saves it."""

    source: Source
    statement: cst.CSTNode
    target: cst.Attribute
    saved: cst.Call
    columns: Mapping[str, Column]

    def check(self) -> None:
        """Raise Refused where something else has to do with the instance, or may."""
        function = enclosing(self.source, self.statement)
        name = root(self.target)
        if function is None or name is None:
            raise Refused(f"{self._owner} is nothing that a function loaded; {_BY_HAND}")
        uses = list(mentions(self.source, function, name.value))
        made = loaded(self.source, function, name.value) if name is self.target.value else None
        if made is None:
            raise Refused(
                f"{self._owner} is not plainly loaded there, once and by get() or the like; it may "
                f"be new, or be read elsewhere; {_BY_HAND}"
            )
        for call in inside(self.source, cst.Call, function):
            if called_name(call) in _ALL_NAMES:
                raise self._used(call)
        for one in uses:
            if one is not made:
                self._check_mention(one, made)

    @property
    def _owner(self) -> str:
        return self.source.text_of(self.target.value)

    def _check_mention(self, name: cst.Name, made: cst.Name) -> None:
        """Raise Refused where a mention hands the instance on, or may read the column later."""
        node: cst.CSTNode = name
        above = self.source.parent(node)
        while isinstance(above, cst.Attribute):
            node, above = above, self.source.parent(above)
        if above is self.saved or self._is_change(name):
            return
        handed_on = node is name and not isinstance(above, _TESTS)
        read = self._is_after(name, made) and not self._is_column(name)
        if handed_on or read or self._stores(node):
            raise self._used(name)

    def _is_change(self, name: cst.Name) -> bool:
        """Whether this is the number that is changed, where it is set or where it is read."""
        above = self.source.parent(name)
        read = isinstance(self.statement, cst.Assign) and self.source.is_below(name, self.statement)
        same = above is not None and self.source.text_of(above) == self.source.text_of(self.target)
        return name is self.target.value or (read and same)

    def _is_column(self, name: cst.Name) -> bool:
        """Whether another column is asked for, whose value knows nothing of the number: what a
        relation leads to may know the instance."""
        above = self.source.parent(name)
        column = above.attr.value if isinstance(above, cst.Attribute) else ""
        known = self.columns.get(column)
        relation = f"{column}_id" in self.columns and known == self.columns[f"{column}_id"]
        plain = known is not None and not (relation and known.type in _RELATIONS)
        return column == "pk" or (plain and column != self.target.attr.value)

    def _is_after(self, name: cst.Name, made: cst.Name) -> bool:
        """Whether a place may be reached after the change with the same instance."""
        later = self.source.span(name) > self.source.span(self.statement)
        if later or enclosing(self.source, name) is not enclosing(self.source, self.statement):
            return True
        above = self.source.parent(self.statement)
        while above is not None and not isinstance(above, cst.FunctionDef):
            again = isinstance(above, (cst.For, cst.While)) and self.source.is_below(name, above)
            if again and not self.source.is_below(made, above):
                return True
            above = self.source.parent(above)
        return False

    def _stores(self, node: cst.CSTNode) -> bool:
        """Whether a node gives the column another value."""
        stored = isinstance(self.source.parent(node), (cst.AssignTarget, cst.AugAssign))
        return stored and self.source.text_of(node) == self.source.text_of(self.target)

    def _used(self, node: cst.CSTNode) -> Refused:
        line = self.source.line(self.source.span(node)[0])
        return Refused(
            f"{self._owner} may be read elsewhere (line {line}), and holds an expression instead "
            f"of a number once it is saved; {_BY_HAND}"
        )


_RELATIONS = frozenset({"ForeignKey", "OneToOneField"})
_ALL_NAMES = frozenset({"eval", "exec", "locals", "vars"})
"""What may hand on every variable of a function without naming it."""
_TESTS = (cst.If, cst.Comparison, cst.UnaryOperation)
_BY_HAND = "write F() by hand, with refresh_from_db() after save() where the number is read"
