"""Classes that the framework makes querysets for: finding one, and what its body assigns."""

from __future__ import annotations

import libcst as cst
from libcst.helpers import get_full_name_for_node

from hotclub.doctor.finding import Place
from hotclub.fix._source import Source
from hotclub.fix.model import Edit, Refused


def class_at(source: Source, place: Place) -> cst.ClassDef:
    """The class that a place names.

    Raises:
        Refused: there is none such, or more than one and none on the place's line.
    """
    nodes = source.nodes(cst.ClassDef)
    found = [node for node in nodes if _qualname(source, node) == place.qualname]
    if len(found) > 1:
        found = [node for node in found if source.line(source.span(node.name)[0]) == place.line]
    if len(found) != 1:
        raise Refused(f"{place.path} has no single class {place.qualname}; change it by hand")
    if not isinstance(found[0].body, cst.IndentedBlock):
        raise Refused(f"the class {place.qualname} is written on one line; change it by hand")
    return found[0]


def _qualname(source: Source, node: cst.ClassDef) -> str:
    names = [node.name.value]
    above = source.parent(node)
    while above is not None:
        if isinstance(above, cst.FunctionDef):
            names.append("<locals>")
        if isinstance(above, (cst.ClassDef, cst.FunctionDef)):
            names.append(above.name.value)
        above = source.parent(above)
    return ".".join(reversed(names))


def assigned(node: cst.ClassDef, name: str) -> cst.Assign | cst.AnnAssign | None:
    """The statement in a class body that gives a name its value."""
    for line in node.body.body:
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        for statement in line.body:
            if isinstance(statement, cst.Assign):
                targets = [target.target for target in statement.targets]
            elif isinstance(statement, cst.AnnAssign) and statement.value is not None:
                targets = [statement.target]
            else:
                continue
            if any(isinstance(one, cst.Name) and one.value == name for one in targets):
                return statement
    return None


def bases(node: cst.ClassDef) -> list[str]:
    """The last names of a class's bases: `TabularInline` of `admin.TabularInline`."""
    names = (get_full_name_for_node(arg.value) or "" for arg in node.bases)
    return [name.rpartition(".")[2] for name in names]


def method(node: cst.ClassDef, name: str) -> cst.FunctionDef | None:
    """The method of this name that a class's body defines."""
    for line in node.body.body:
        if isinstance(line, cst.FunctionDef) and line.name.value == name:
            return line
    return None


def has_method(node: cst.ClassDef, name: str) -> bool:
    return method(node, name) is not None


def registered_models(source: Source, node: cst.ClassDef) -> frozenset[str]:
    """The names of the models that an admin's class is for; none where that is not plain."""
    known = _classes(source)
    models = [_model_name(one, known) for one in _registered(source, node)]
    return frozenset(models) if all(models) else frozenset()


def _registered(source: Source, node: cst.ClassDef) -> list[cst.BaseExpression]:
    """What `@register(…)`, `site.register(…, node)` and `model = …` say."""
    calls = [one.decorator for one in node.decorators if isinstance(one.decorator, cst.Call)]
    found = [arg.value for call in calls if _registers(call) for arg in call.args]
    for call in source.nodes(cst.Call):
        values = [arg.value for arg in call.args]
        if _registers(call) and len(values) > 1 and _last(values[1]) == node.name.value:
            found.append(values[0])
    model = assigned(node, "model")
    if model is not None and model.value is not None:
        found.append(model.value)
    return found


def _model_name(value: cst.BaseExpression, known: dict[str, str]) -> str:
    """The own name of a model that is named plainly, else nothing."""
    if isinstance(value, cst.Name):
        return known.get(value.value, "")
    return _last(value) if isinstance(value, cst.Attribute) else ""


def _classes(source: Source) -> dict[str, str]:
    """What a file imports or defines, by the name that it has there."""
    known = {one.name.value: one.name.value for one in source.nodes(cst.ClassDef)}
    for alias in source.nodes(cst.ImportAlias):
        name = _last(alias.asname.name) if alias.asname is not None else _last(alias.name)
        known[name] = _last(alias.name)
    return known


def _registers(call: cst.Call) -> bool:
    return _last(call.func) == "register"


def _last(node: cst.CSTNode) -> str:
    return (get_full_name_for_node(node) or "").rpartition(".")[2]


def after_line(source: Source, node: cst.CSTNode) -> tuple[int, str]:
    """Where a line after a statement goes, and the newline and indent that begin it."""
    start, end = source.span(node)
    return source.line_span(end)[1], source.newline + source.indent(start)


def before_first(source: Source, node: cst.ClassDef) -> tuple[int, str]:
    """Where the line before a class's first statement (but its docstring) goes, its indent."""
    body = list(node.body.body)
    if node.get_docstring() is not None and len(body) > 1:
        body = body[1:]
    first: cst.CSTNode = body[0]
    if isinstance(first, (cst.FunctionDef, cst.ClassDef)) and first.decorators:
        first = first.decorators[0]
    start = source.span(first)[0]
    return source.line_span(start)[0], source.indent(start)


_ENDS = (cst.SimpleStatementLine, cst.SimpleStatementSuite)


def last_line(source: Source, node: cst.CSTNode) -> int:
    """The end of the last line of a class, a function or a loop."""
    inside = [one for kind in _ENDS for one in source.nodes(kind) if source.is_below(one, node)]
    return source.line_span(max(source.span(one.body[-1])[1] for one in inside))[1]


def append_method(source: Source, node: cst.ClassDef, head: str, lines: list[str]) -> Edit:
    """A method after everything else in a class; its lines are given without their indent."""
    begin = source.newline + source.indent(source.span(node.body.body[0])[0])
    deeper = begin + ("\t" if "\t" in begin else "    ")
    at = last_line(source, node)
    text = source.newline + begin + head + "".join(deeper + line for line in lines)
    return Edit(at, at, text)
