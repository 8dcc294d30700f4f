"""Objects looked up by their keys in a loop: all of them before it, with `in_bulk()`.

    for pk in pks:                          book_by_pk = Book.objects.in_bulk(pks)
        book = Book.objects.get(pk=pk)      for pk in pks:
                                                if pk not in book_by_pk:
                                                    raise Book.DoesNotExist("Book matching …")
                                                book = book_by_pk[pk]

A key without a row raises what it did. Where `except Book.DoesNotExist` stands around nothing but
the lookup it becomes `except KeyError`, and nothing is raised by hand. Of keys that a request names
no proof can see all that could go wrong, one that comes twice, say: there it is only offered.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from hotclub.doctor.finding import Finding
from hotclub.fix._chain import is_class, shorten
from hotclub.fix._key_loop import Loop, loop_of
from hotclub.fix._key_tried import looks_at_exception
from hotclub.fix._known import Models
from hotclub.fix._source import Source
from hotclub.fix._tree import Tree
from hotclub.fix._variables import free_name
from hotclub.fix.model import Edit, Fix, Kind, Refused

CODE, SHAPE = "HC109", "get"


def keyed(finding: Finding, tree: Tree, models: Models) -> Fix:
    """The edit of one loop.

    Raises:
        Refused: it is no plain loop over keys, or what it raises could not be kept.
    """
    if finding.reason:
        raise Refused(finding.reason)
    if finding.shape != SHAPE or finding.place is None:
        raise Refused(finding.advice)
    place = finding.place
    source = tree.source(place)
    model = models(finding.model)
    loop = loop_of(source, place, ("pk", model.key), finding.advice)
    writing = _Writing(source, loop, finding, tree.line_length(place.path))
    edits = writing.edits()
    said = f"{writing.name} = {shorten(loop.receiver)}.in_bulk(…)"
    kind: Kind = "offered" if loop.asked else "witnessed"
    return Fix.of_text(place, (finding,), said, kind, tree.replacing(place.path, edits))


@dataclass(frozen=True)
class _Writing:
    """The edits of one loop; ``limit`` is the longest line allowed."""

    source: Source
    loop: Loop
    finding: Finding
    limit: int

    @property
    def name(self) -> str:
        """What all of them are called."""
        return free_name(self.source, f"{self._model.lower()}_by_pk")

    def edits(self) -> list[Edit]:
        start, end = self.source.span(self.loop.call)
        found = Edit(start, end, f"{self.name}[{self.loop.key}]")
        missing = self._handler() if self.loop.tried is not None else self._guard()
        return [self._before(), missing, found]

    @property
    def _model(self) -> str:
        return self.finding.model.rpartition(".")[2]

    def _before(self) -> Edit:
        begin, text = self._line(self.loop.node)
        line = f"{text}{self.name} = {self.loop.receiver}.in_bulk({self.loop.keys})"
        if len(line) > self.limit:
            opened, _, _ = line.rpartition(f"{self.loop.keys})")
            newline = self.source.newline
            line = f"{opened}{newline}{text}    {self.loop.keys}{newline}{text})"
        return Edit(begin, begin, line + self.source.newline)

    def _guard(self) -> Edit:
        """What raises, before the lookup, where there is no such row."""
        model = self.loop.model
        if model is None or not is_class(model):
            raise Refused(
                f"{shorten(self.loop.receiver)} does not say by name whose DoesNotExist is raised "
                f"where a row is missing; {self.finding.advice}"
            )
        begin, indent = self._line(self.loop.line)
        deeper = indent + indent[len(self._line(self.loop.node)[1]) :]
        quote, newline = self.source.quote, self.source.newline
        text = f"{quote}{self._model} matching query does not exist.{quote}"
        lines = [
            f"{indent}if {self.loop.key} not in {self.name}:{newline}",
            f"{deeper}raise {self.source.text_of(model)}.DoesNotExist({text}){newline}",
        ]
        return Edit(begin, begin, "".join(lines))

    def _handler(self) -> Edit:
        """What catches a missing row."""
        handlers = self.loop.tried.handlers if self.loop.tried is not None else ()
        caught = handlers[0].type if len(handlers) == 1 and handlers[0].name is None else None
        text = self.source.text_of(caught) if isinstance(caught, (cst.Name, cst.Attribute)) else ""
        if caught is None or not self._is_missing(text):
            raise Refused(f"what it catches is not only a missing row; {self.finding.advice}")
        if looks_at_exception(self.source, handlers[0]):
            raise Refused(f"what is caught is raised again or looked at; {self.finding.advice}")
        return Edit(*self.source.span(caught), "KeyError")

    def _is_missing(self, text: str) -> bool:
        """Whether this is what the lookup raises where the row is missing, and nothing else."""
        owner, _, name = text.rpartition(".")
        if name == "ObjectDoesNotExist":
            return True
        return name == "DoesNotExist" and owner.rpartition(".")[2] == self._model

    def _line(self, node: cst.CSTNode) -> tuple[int, str]:
        """Where the line of a statement begins, and its indent."""
        start = self.source.span(node)[0]
        return self.source.line_span(start)[0], self.source.indent(start)
