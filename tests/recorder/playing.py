"""Plays the test project's pages in processes of their own; tests read what was recorded."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import django

from hotclub.recording import Batch, Place, Recording, Request

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Path(__file__).parent / "project"
EXACT = sys.version_info >= (3, 11)

_NAMES = """
forward_key forward_key_const forward_one_to_one reverse_one_to_one reverse_key reverse_filtered
reverse_sliced reverse_count reverse_exists reverse_filtered_count reverse_aggregate
reverse_filtered_aggregate reverse_other_manager many_to_many many_to_many_reverse
many_to_many_count generic_key generic_relation nested through_property
below_prefetch below_custom_prefetch prefetched
prefetched_generic iterated iterated_plainly left_early got got_twice got_each first union raw only
refreshed sorted_totally sorted_by_extra updating inherited parent_link values unknown
through_helper counted
annotated non_ascii several_lines template streamed file failing writing cached copied waiting
looked_at looked_through listed_aside pickled looking_at_itself refreshed_each permitted deleted
generic/books generic/authors api/books reset/verysecret
"""
MODES = django.VERSION >= (6, 1)
MODE_PAGES = [
    "peers_keys", "peers_keys_of_keys", "peers_one_to_one", "peers_generic", "peers_fields",
    "peers_lists", "peers_in_portions", "peers_of_one", "one_each",
]  # fmt: skip
GET = _NAMES.split()
if MODES:
    GET += MODE_PAGES
if importlib.util.find_spec("jinja2"):
    GET.append("jinja")
PAGES = [["GET", f"/{name}/", ""] for name in GET]
PAGES += [
    ["POST", "/form/?page=2&api_key=abc", "name=anna&password=hunter2"],
    ["GET", "/template/?again=1", ""],
]


def environment(pure: bool, **extra: str) -> dict[str, str]:
    """For a process that finds hotclub and the tests, and decides on C or Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTCLUB")}
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return {**kept, "PYTHONPATH": path, "HOTCLUB_PURE": "1" if pure else "0", **extra}


def drive(
    database: Path,
    record: dict[str, object] | None,
    requests: list[list[str]],
    pure: bool = True,
    **extra: str,
) -> list[list[object]]:
    """Answer requests in a new process; returns [path, status, digest] for each."""
    answers = database.with_suffix(".answers")
    job = {
        "record": record, "database": str(database), "requests": requests, "answers": str(answers)
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.recorder.drive", json.dumps(job)],
        cwd=ROOT, env=environment(pure, **extra), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[list[object]] = json.loads(answers.read_text())
    return found


@dataclass
class Played:
    """One recording of all pages."""

    recording: Recording
    depth: str
    pure: bool
    answers: list[list[object]]

    def request(self, page: str) -> Request:
        """The request for this page."""
        method = "POST" if page.startswith("form") else "GET"
        target = page if "?" in page else f"{page}/"
        request = self.recording.request(f"{method} /{target}")
        assert request is not None
        return request

    def batches(self, page: str) -> list[Batch]:
        """Its batches, parents first."""
        return self.recording.batches(self.request(page))

    def batch(self, page: str, path: str) -> Batch:
        """The batch at a path of relations, the root's being empty."""
        for batch in self.batches(page):
            if "/".join(step.relation or "" for step in batch.path) == path:
                return batch
        raise AssertionError(f"no batch {path!r} on {page}: {self.tree(page)}")

    def created(self, page: str, path: str = "") -> tuple[Place, ...]:
        """Where the batch's queryset was made."""
        return self.recording.stack(self.batch(page, path).created_stack)

    def trigger(self, page: str, path: str = "") -> tuple[Place, ...]:
        """What made it run."""
        return self.recording.stack(self.batch(page, path).trigger_stack)

    def tree(self, page: str) -> list[str]:
        """The batches as lines: how, what, shape, and size/loads/members."""
        lines: list[str] = []

        def add(batch: Batch) -> None:
            name = batch.relation or batch.model.removeprefix("library.")
            kind = f" {batch.relation_kind}" if batch.relation_kind else ""
            numbers = f"{batch.size}/{batch.loads}/{batch.members}"
            lines.append(
                f"{'  ' * len(batch.path)}{batch.via} {name}{kind} {batch.shape} {numbers}"
            )
            for child in sorted(batch.children, key=lambda child: child.id):
                add(child)

        for batch in sorted(self.batches(page), key=lambda batch: batch.id):
            unseen = batch.parent is None and batch.model != "contenttypes.ContentType"
            if unseen:
                add(batch)
        return lines


def source(place: Place) -> str:
    """The text of a `call` place."""
    lines = (PROJECT / place.path).read_text(encoding="utf-8").split("\n")
    assert place.end_line is not None
    part = lines[place.line - 1 : place.end_line]
    part[-1] = part[-1][: place.end_column]
    part[0] = part[0][place.column :]
    return "\n".join(part)
