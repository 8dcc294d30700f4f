"""Does anybody read an instance after it was changed and saved, but the function that did so?

A column that was given an expression holds that expression once the row is saved, until
`refresh_from_db()`. Only what a function loads itself, and keeps to itself, is sure not to be read.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from hotclub.fix._loaded import loaded
from hotclub.fix._returns import enclosing
from hotclub.fix._source import Source
from hotclub.fix._variables import mentions, root
from hotclub.fix.model import Refused


@dataclass(frozen=True)
class Held:
    """A change of `owner.column`, such as `book.pages`, and the call that saves it."""

    source: Source
    statement: cst.CSTNode
    target: cst.Attribute
    saved: cst.Call

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
        for one in uses:
            if one is not made:
                self._check_mention(one, made)

    @property
    def _owner(self) -> str:
        return self.source.text_of(self.target.value)

    def _check_mention(self, name: cst.Name, made: cst.Name) -> None:
        """Raise Refused where a mention hands the instance on, or reads the column afterwards."""
        node: cst.CSTNode = name
        above = self.source.parent(node)
        while isinstance(above, cst.Attribute):
            node, above = above, self.source.parent(above)
        if above is self.saved or self.source.is_below(name, self.statement):
            return
        called = isinstance(above, cst.Call) and above.func is node
        read = f"{self.source.text_of(node)}.".startswith(f"{self.source.text_of(self.target)}.")
        handed_on = node is name and not isinstance(above, _TESTS)
        after = self._is_after(name, made)
        if handed_on or (after and (called or read)) or self._stores(node):
            raise self._used(name)

    def _is_after(self, name: cst.Name, made: cst.Name) -> bool:
        """Whether a place may be reached after the change with the same instance."""
        if self.source.span(name) > self.source.span(self.statement):
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


_TESTS = (cst.If, cst.Comparison, cst.UnaryOperation)
_BY_HAND = "write F() by hand, with refresh_from_db() after save() where the number is read"
