"""A loop that writes a row in each of its rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from hotclub.doctor.finding import Place
from hotclub.fix._chain import method_of, shorten
from hotclub.fix._locate import locate
from hotclub.fix._source import Source
from hotclub.fix._variables import inside
from hotclub.fix.model import Refused

_METHODS = {"create": ("create", "save"), "update": ("save",), "delete": ("delete",)}
_LEAVING = (cst.Return, cst.Yield, cst.Raise, cst.Try, cst.With)
_BETWEEN = (cst.IndentedBlock, cst.If, cst.Else)


@dataclass(frozen=True)
class Written:
    """``call`` is what writes, ``line`` its statement, ``loop`` what is around it; ``hook`` says
    which: ``create``, ``update`` or ``delete``."""

    source: Source
    call: cst.Call
    line: cst.SimpleStatementLine
    loop: cst.For
    hook: str
    advice: str

    @property
    def owner(self) -> cst.BaseExpression:
        """What the method is called on."""
        assert isinstance(self.call.func, cst.Attribute)
        return self.call.func.value

    @property
    def body(self) -> Sequence[cst.CSTNode]:
        """The statements of the loop, one in each line; none if they are written otherwise."""
        lines = self.loop.body.body
        plain = all(
            isinstance(one, cst.SimpleStatementLine) and len(one.body) == 1 for one in lines
        )
        return [one.body[0] for one in lines if isinstance(one, cst.SimpleStatementLine) and plain]

    def unclear(self, why: str) -> Refused:
        """The refusal that gives this reason and the advice."""
        return Refused(f"{why}; {self.advice}")


def written_at(source: Source, place: Place, hook: str, advice: str) -> Written:
    """The loop around what writes at a place.

    Raises:
        Refused: it is not written plainly, or the loop may end before all is written.
    """
    call = locate(source, place)
    text = shorten(source.text_of(call))
    if not isinstance(call, cst.Call) or method_of(call) not in _METHODS[hook]:
        raise Refused(f"{text} writes them, and is no plain {hook}; {advice}")
    statement = source.parent(call)
    line = source.parent(statement) if statement is not None else None
    if not isinstance(statement, cst.Expr):
        raise Refused(f"what {text} gives back is used; {advice}")
    above = source.parent(line) if line is not None else None
    while isinstance(above, _BETWEEN):
        above = source.parent(above)
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    plain = isinstance(above, cst.For) and not above.orelse and not above.asynchronous
    if not alone or not plain:
        raise Refused(f"{text} does not stand plainly in a for loop; {advice}")
    assert isinstance(line, cst.SimpleStatementLine) and isinstance(above, cst.For)
    for kind in _LEAVING:
        for one in inside(source, kind, above):
            raise Refused(
                f"line {source.line(source.span(one)[0])} may leave the loop before all is "
                f"written; {advice}"
            )
    return Written(source, call, line, above, hook, advice)
