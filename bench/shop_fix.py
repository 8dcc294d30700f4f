"""Queries of the example shop's pages, before and after ``hotclub fix``.

The shop (data of size small) is crawled, fixed and proved as by the command; then the queries of
the pages *whose only illness is relations* are added up, on the old tree and on the new one. A
page counts as such when every finding on it is a relation loaded in a loop that eager loading
could answer: no repeated query, no count or filter for each instance.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hotclub import fix
from hotclub.cli._fix_requests import replayed
from hotclub.doctor import Diagnosis, Options, diagnose
from hotclub.project import Project
from hotclub.proof import PageProof, prove
from hotclub.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = Options(max_requests=250, max_seconds=120)


def seeded_shop(directory: Path, size: str = "small") -> Path:
    """A copy of the shop with data of a size."""
    shop = directory / "shop"
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3*")
    shutil.copytree(ROOT / "examples" / "shop", shop, ignore=ignored)
    for words in (["migrate", "--verbosity", "0"], ["seed", "--size", size]):
        subprocess.run([sys.executable, "manage.py", *words], cwd=shop, check=True)
    return shop


def only_relations(diagnosis: Diagnosis) -> set[str]:
    """Labels of the requests on which every finding is one that eager loading answers."""
    ill: set[str] = set()
    otherwise: set[str] = set()
    for finding in diagnosis.findings:
        curable = finding.code.startswith("HC1") and finding.shape == "all"
        (ill if curable else otherwise).update(finding.evidence.requests)
    return ill - otherwise


def tell(text: str, done: int = 0, total: int = 0) -> None:
    """Progress, sparsely."""
    if done % 50 == 0:
        print(f"{text} {done}/{total}" if total else text, flush=True)


def show(pages: Iterable[PageProof]) -> None:
    for page in pages:
        print(f"{page.queries_before:5} → {page.queries_after:4}  {page.label}")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        project = Project.find(seeded_shop(Path(directory)), python=sys.executable)
        with Workspace.create(project, tell) as workspace:
            diagnosis = diagnose(project, workspace, OPTIONS, tell)
            planned = fix.plan(diagnosis.findings, workspace.tree, django=(5, 2))
            requests = replayed(diagnosis, planned.fixes)
            proof = prove(workspace, planned.fixes, requests, render=fix.render, progress=tell)
    wanted = only_relations(diagnosis)
    pages = [page for page in proof.pages if page.label in wanted]
    if not pages:
        raise SystemExit("no page of the shop has relations as its only illness: nothing to add up")
    show(pages)
    before = sum(page.queries_before for page in pages)
    after = sum(page.queries_after for page in pages)
    print(f"{len(pages)} pages, {len(proof.kept)} fixes: {before} → {after} queries")
    print(f"{1 - after / before:.1%} fewer")
    result = {"bench": "shop-fix", "unit": "queries", "better": "lower"}
    print(json.dumps({**result, "hotclub": after, "peers": {"before": before}}))


if __name__ == "__main__":
    main()
