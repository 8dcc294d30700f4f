"""Rows written one by one in a loop: offered to be written at once.

    for stars in given:                             review_rows = []
        Review.objects.create(stars=stars)          for stars in given:
                                                        review_rows.append(Review(stars=stars))
                                                    Review.objects.bulk_create(review_rows)

    for review in Review.objects.filter(old=True):  Review.objects.filter(old=True).delete()
        review.delete()

What a model does when it is saved is not done then, so nothing is offered where it does anything.
"""

from __future__ import annotations

from hotclub.doctor.finding import Finding
from hotclub.fix._bulk_collect import collected
from hotclub.fix._bulk_loop import written_at
from hotclub.fix._bulk_whole import whole
from hotclub.fix._known import Model, Models
from hotclub.fix._objections import own_trigger
from hotclub.fix._tree import Tree
from hotclub.fix.model import Fix, Refused

CODE = "HC406"
_HOOKS = {"INSERT": "create", "UPDATE": "update", "DELETE": "delete"}


def bulk(finding: Finding, tree: Tree, models: Models) -> Fix:
    """The offer for one loop.

    Raises:
        Refused: it is not written plainly, or the model does more than to write a row.
    """
    place, model = own_trigger(finding, "writes them"), models(finding.model)
    hook = _HOOKS.get(finding.evidence.sql.lstrip()[:6].upper(), "create")
    _check_model(finding, model, hook)
    found = written_at(tree.source(place), place, hook, finding.advice)
    said, edits, imports = whole(found, model) or collected(found, finding, model)
    made = tree.replacing(place.path, edits)
    said = f"{said}, all or none of them"
    return Fix.of_text(place, (finding,), said, "offered", made, imports)


def _check_model(finding: Finding, model: Model, hook: str) -> None:
    hooks = model.hooks.get(hook, ())
    if hooks:
        raise Refused(
            f"{hooks[0]} would not happen any more; leave the loop, or do that by hand as well"
        )
    for one in model.hooks.get(f"bulk_{hook}", ()):
        raise Refused(
            f"{one} is not Django's own, and may do more than to write rows; {finding.advice}, if "
            "that is what it is for"
        )
    if "." in model.qualname or not model.manager:
        raise Refused(f"{finding.model} cannot be named here; {finding.advice}")
