"""The codes as SARIF's rules: a name for machines, how grave it is, and what answers it."""

from __future__ import annotations

from typing import Any

from hotclub.doctor.codes import CODES

RULES = {
    "HC101": ("ForeignKeyPerInstance", "warning", "Load it with select_related()."),
    "HC102": ("ReverseKeyPerInstance", "warning", "Load it with prefetch_related()."),
    "HC103": ("ManyToManyPerInstance", "warning", "Load it with prefetch_related()."),
    "HC104": ("GenericRelationPerInstance", "warning", "Load it with prefetch_related()."),
    "HC105": (
        "UnusedEagerLoading",
        "note",
        "Take it out of select_related() or prefetch_related(), or put it where it is needed.",
    ),
    "HC106": (
        "DefeatedPrefetch",
        "warning",
        "Filter in Python what was prefetched, or let a Prefetch with to_attr filter.",
    ),
    "HC107": (
        "DeferredFieldPerInstance",
        "warning",
        "Add the field to only(), or take it out of defer().",
    ),
    "HC108": ("RelationOfSingleObject", "note", "Load it with select_related()."),
    "HC109": (
        "LookupInLoop",
        "warning",
        "Look all of them up before the loop, with in_bulk() or one filter.",
    ),
    "HC110": (
        "PermissionPerObject",
        "warning",
        "Ask for all objects at once, or load the list's permissions before the loop.",
    ),
    "HC201": ("RepeatedQuery", "warning", "Ask once and keep the answer where both can see it."),
    "HC301": ("AggregatePerInstance", "warning", "Let annotate() bring the numbers along."),
    "HC302": ("RowsLoadedForTheirNumber", "warning", "Ask for count()."),
    "HC303": ("RowsAddedUpInPython", "warning", "Let the database add up, with aggregate()."),
    "HC401": (
        "ReadModifyWrite",
        "error",
        "Change the number in the database with F(), or lock the row first.",
    ),
    "HC402": ("RowsFilteredInPython", "warning", "Filter in the database."),
    "HC403": ("RowsLoadedForExistence", "warning", "Ask for exists()."),
    "HC404": ("QuerysetRunTwice", "warning", "Run it once and ask what came."),
    "HC405": ("UnreadColumn", "warning", "Leave the column out with defer() or only()."),
    "HC406": ("WritesInLoop", "warning", "Write all at once, with bulk_create() and the like."),
    "HC407": ("RowsLoadedForOneValue", "warning", "Ask for the values with values_list()."),
    "HC408": ("QuerysetsMergedInPython", "warning", "Ask once, with | or union()."),
    "HC409": ("WholeTableToChooseFrom", "warning", "Offer less to choose from, or a search."),
    "HC501": ("UnboundedList", "warning", "Show a page of it at a time."),
    "HC502": ("CountForOnePage", "warning", "Use a paginator that need not count."),
    "HC503": ("DeepOffset", "warning", "Page by the last row in place of its number."),
    "HC601": ("ConnectionPerRequest", "warning", "Set CONN_MAX_AGE, or use a pool."),
    "HC602": ("WriteInGet", "warning", "Write in a POST, in a task, or now and then."),
    "HC603": ("SessionSavedEveryRequest", "warning", "Leave SESSION_SAVE_EVERY_REQUEST off."),
    "HC604": (
        "OutboundCallInTransaction",
        "warning",
        "Ask before the transaction begins or after it has ended.",
    ),
    "HC701": ("MissingIndex", "warning", "Add the index."),
    "HC702": ("RedundantIndex", "note", "Drop the shorter index."),
    "HC703": ("DuplicateIndex", "note", "Drop one of the two."),
    "HC704": (
        "UnusedIndex",
        "note",
        "Drop it if the production database has not used it either.",
    ),
}
"""By code; what is only offered is a ``note``, what can be wrong and not only slow an ``error``."""

INDEX = {code: number for number, code in enumerate(RULES)}
"""Where each code stands in :func:`rules`."""


def rules() -> list[dict[str, Any]]:
    """One ``reportingDescriptor`` for each code, whether it was found or not."""
    return [_rule(code, *RULES[code]) for code in INDEX]


def _rule(code: str, name: str, level: str, remedy: str) -> dict[str, Any]:
    title = CODES[code][:1].upper() + CODES[code][1:]
    return {
        "id": code,
        "name": name,
        "shortDescription": {"text": f"{title}."},
        "fullDescription": {"text": f"{title}. {remedy}"},
        "help": {
            "text": f"{remedy} Why, an example, and when the finding is wrong: "
            f"hotclub's docs/findings.md, section {code}."
        },
        "defaultConfiguration": {"level": level},
    }
