"""A loop that writes rows in its rounds: it collects them, and they are written after it."""

from __future__ import annotations

import libcst as cst

from hotclub.doctor.finding import Finding
from hotclub.fix import _methods as methods
from hotclub.fix._bulk_instance import assigned, check_made, check_read
from hotclub.fix._bulk_loop import Written
from hotclub.fix._chain import called_name, is_class, method_of, shorten
from hotclub.fix._class import last_line
from hotclub.fix._harmless import is_harmless
from hotclub.fix._imports import written
from hotclub.fix._known import Model
from hotclub.fix._source import Source
from hotclub.fix._stated import text
from hotclub.fix._variables import free_name, inside, mentions
from hotclub.fix.model import Edit, Import

Edited = tuple[str, list[Edit], tuple[Import, ...]]


def collected(found: Written, finding: Finding, model: Model) -> Edited:
    """The call in words, the edits, and what they need imported.

    Raises:
        Refused: something in the loop has to do with what was written before.
    """
    if found.hook == "delete":
        raise found.unclear("the loop does more than to delete the rows of one queryset")
    source, imported = found.source, Import(model.module, model.qualname)
    name = free_name(source, f"{finding.model.rpartition('.')[2].lower()}_rows")
    call = f"bulk_create({name})"
    append = _created(found, name) if method_of(found.call) == "create" else _saved(found, name)
    if found.hook == "create" and isinstance(found.owner, cst.Name):
        check_made(found, found.owner.value, model)
    if found.hook == "update":
        fields = ", ".join(f"{source.quote}{one}{source.quote}" for one in _fields(found, model))
        call = f"bulk_update({name}, [{fields}])"
    _check_class(found, model)
    _check_kept(found)
    head = written(source, imported)
    start = source.span(found.loop)[0]
    begin, indent = source.line_span(start)[0], source.indent(start)
    end = last_line(source, found.loop)
    edits = [
        Edit(begin, begin, f"{indent}{name} = []{source.newline}"),
        *append,
        Edit(end, end, f"{source.newline}{indent}{head}.{model.manager}.{call}"),
    ]
    return call, edits, (imported,)


def _created(found: Written, name: str) -> list[Edit]:
    """`Review.objects.create(…)` becomes `rows.append(Review(…))`."""
    manager = found.owner
    if not isinstance(manager, cst.Attribute) or manager.attr.value not in methods.MANAGERS:
        raise found.unclear("what creates them is no manager of a class")
    if not is_class(manager.value):
        raise found.unclear("the class is not named")
    source = found.source
    start, end = source.span(found.call.func)
    last = source.span(found.call)[1]
    return [
        Edit(start, end, f"{name}.append({source.text_of(manager.value)}"),
        Edit(last, last, ")"),
    ]


def _saved(found: Written, name: str) -> list[Edit]:
    """`review.save()` becomes `rows.append(review)`."""
    owner, source = found.owner, found.source
    if not isinstance(owner, cst.Name):
        raise found.unclear("what is saved has no name of its own")
    for arg in found.call.args:
        if arg.keyword is None or arg.keyword.value != "update_fields" or found.hook == "create":
            raise found.unclear("save() is told more than what to save")
    at = source.span(found.call)
    for one in mentions(source, found.loop, owner.value):
        if source.span(one) > at:
            raise found.unclear(f"{owner.value} is used after it was saved")
    return [Edit(*at, f"{name}.append({owner.value})")]


def _check_class(found: Written, model: Model) -> None:
    """Raise Refused where the loop has to do with other rows of the model, or may have."""
    source = found.source
    for one in inside(source, cst.Name, found.loop.body):
        named = one.value == model.qualname and not source.is_below(one, found.call)
        if named and not _constructs(source, one):
            raise found.unclear(f"the loop asks {model.qualname} for more than it writes")
    for call in inside(source, cst.Call, found.loop.body):
        made = called_name(call) == model.qualname
        if call is not found.call and not made and not is_harmless(source, call):
            said = shorten(source.text_of(call))
            raise found.unclear(f"{said} may look for what the loop wrote before")


def _check_kept(found: Written) -> None:
    """Raise Refused where the loop changes a list or the like that it may also have written."""
    source, body = found.source, found.loop.body
    targets = [one.target for one in inside(source, cst.AssignTarget, body)]
    added = inside(source, cst.AugAssign, body)
    targets += [one.target for one in added if not isinstance(one.value, cst.Integer)]
    for target in targets:
        grows = isinstance(source.parent(target), cst.AugAssign) and isinstance(target, cst.Name)
        if grows or isinstance(target, cst.Subscript):
            said = source.text_of(target)
            raise found.unclear(f"{said} changes, maybe in a row that waits to be written")


def _constructs(source: Source, name: cst.Name) -> bool:
    """Whether this is the class of `Book(…)` or of `models.Book(…)`."""
    above = source.parent(name)
    if isinstance(above, cst.Attribute) and above.attr is name:
        return isinstance(outer := source.parent(above), cst.Call) and outer.func is above
    return isinstance(above, cst.Call) and above.func is name


def _fields(found: Written, model: Model) -> list[str]:
    """The columns that the loop changes."""
    assert isinstance(found.owner, cst.Name)
    check_read(found, found.owner.value)
    given = list(assigned(found, found.owner.value))
    names = list(dict.fromkeys(_stated(found) if found.call.args else given))
    if not names or not set(names) <= model.columns.keys() - {model.key, "pk"}:
        raise found.unclear("which columns it changes is not plain to see")
    return names


def _stated(found: Written) -> list[str]:
    """What `update_fields` names; nothing where it names nothing plainly."""
    value = found.call.args[0].value
    if not isinstance(value, (cst.List, cst.Tuple, cst.Set)):
        return []
    return [text(one.value) for one in value.elements]
