"""``python -m truth.real``: routes reached, findings judged, edits proved, nothing taken out."""

from __future__ import annotations

import argparse
import json
import pickle
from collections import Counter
from dataclasses import dataclass

from hotclub import fix
from hotclub.doctor import Diagnosis, Request
from hotclub.proof import prove
from hotclub.workspace import Workspace
from truth._counts import share, told
from truth._crawled import Crawled, answered, crawled, say
from truth.projects import NAMES, Prepared, prepare
from truth.real._judged import Judgement, Key, judgements, key_of
from truth.real._show import shown


@dataclass
class Proved:
    """What became of the edits of one project."""

    kept: int
    open: list[str]
    """Of those that are kept what the proof did not see."""
    undone: list[str]


@dataclass
class Looked:
    """One project."""

    name: str
    routes: int
    reached: int
    keys: list[Key]
    planned: int
    proved: Proved | None
    refused: Counter[str]
    outcomes: Counter[str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="truth.real", description=__doc__)
    parser.add_argument("projects", nargs="*", metavar="PROJECT", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--no-proof", action="store_true", help="do not prove the edits")
    parser.add_argument("--again", action="store_true", help="prove those again that were proved")
    args = parser.parse_args()
    looked = [
        _look(prepare(name), not args.no_proof, args.again) for name in args.projects or NAMES
    ]
    known = judgements()
    for one in looked:
        _print(one, known)
    keys = {key for one in looked for key in one.keys}
    judged = [known[key] for key in keys if key in known]
    right = sum(one.right for one in judged)
    edits = sum(one.planned for one in looked if one.proved)
    kept = sum(one.proved.kept for one in looked if one.proved)
    print(f"\n{len(keys)} findings, {len(keys) - len(judged)} not judged")
    print(f"right: {told(right, len(judged))}; edits proved: {told(kept, edits)}")
    figures = {"n": len(judged), "precision": share(right, len(judged))}
    more = {"unjudged": len(keys) - len(judged), "proved": share(kept, edits)}
    print(json.dumps({"truth": "real", **figures, **more}))
    return 0


def _look(prepared: Prepared, proving: bool, again: bool) -> Looked:
    with prepared.running() as project, Workspace.create(project) as workspace:
        crawl = crawled(prepared, workspace)
        diagnosis = crawl.diagnosis(workspace)
        keys = [key_of(finding, prepared.name) for finding in diagnosis.findings]
        report = prepared.directory / "findings.md"
        report.write_text(
            "\n".join(
                shown(finding, key, workspace.tree)
                for finding, key in zip(diagnosis.findings, keys, strict=True)
            )
        )
        say(f"{prepared.name}: {len(keys)} findings, with their source in {report}")
        django = tuple(int(part) for part in project.django_version.split(".")[:2])
        planned = fix.plan(diagnosis.findings, workspace.tree, django=(django[0], django[1]))
        refused = Counter(one.reason.partition(";")[0][:70] for one in planned.refusals)
        proved = None
        if proving:
            proved = _proved(prepared, crawl, workspace, diagnosis, planned.unasked, again)
        return Looked(
            prepared.name,
            len(crawl.routes),
            sum(route.reached for route in crawl.routes),
            keys,
            len(planned.unasked),
            proved,
            refused,
            Counter(route.outcome for route in crawl.routes),
        )


def _proved(
    prepared: Prepared,
    crawl: Crawled,
    workspace: Workspace,
    diagnosis: Diagnosis,
    fixes: tuple[fix.Fix, ...],
    again: bool,
) -> Proved:
    """How many of the edits are proved, all of them together; kept by what they would write."""
    if not fixes:
        return Proved(0, [], [])
    key = "-".join(sorted(f"{one.path}:{one.place.line}" for one in fixes))
    path = crawl.recording.with_name("proofs.pickle")
    if path.exists() and not again:
        told_of, result = pickle.loads(path.read_bytes())
        if told_of == key:
            return Proved(*result)
    say(f"{prepared.name}: proving {len(fixes)} edits")
    proof = prove(workspace, fixes, _replayed(diagnosis, fixes), render=fix.render)
    open_, undone = (
        [f"{one.fix.summary}: {one.reason}" for one in told]
        for told in (proof.reservations, proof.rejected)
    )
    path.write_bytes(pickle.dumps((key, (len(proof.kept), open_, undone))))
    return Proved(len(proof.kept), open_, undone)


def _replayed(diagnosis: Diagnosis, fixes: tuple[fix.Fix, ...]) -> list[Request]:
    """Of each finding the two requests in which it cost most."""
    labels = {
        label
        for one in fixes
        for finding in one.findings
        for label in finding.evidence.requests[:2]
    }
    return [one for one in answered(diagnosis) if one.label in labels]


def _print(one: Looked, known: dict[Key, Judgement]) -> None:
    keys = set(one.keys)
    judged = {key: known[key] for key in keys if key in known}
    print(f"\n{one.name}: {one.reached} of {one.routes} routes reached")
    print(f"  {', '.join(f'{count} {name}' for name, count in one.outcomes.most_common())}")
    codes = Counter(key[0] for key in one.keys)
    print(f"  findings: {', '.join(f'{code} {n}' for code, n in sorted(codes.items())) or 'none'}")
    print(f"  right: {told(sum(each.right for each in judged.values()), len(judged))}")
    for key, each in sorted(judged.items()):
        if not each.right:
            print(f"  wrong: {' '.join(key)}: {each.why}")
    for key in sorted(keys - judged.keys()):
        print(f"  not judged: {' '.join(key)}")
    if one.proved is not None:
        print(f"  edits proved: {told(one.proved.kept, one.planned)}")
        for what, reasons in (("kept", one.proved.open), ("undone", one.proved.undone)):
            for reason in reasons:
                print(f"    {what}: {reason[:400]}")
    for reason, count in one.refused.most_common():
        print(f"    {count} refused: {reason}")


if __name__ == "__main__":
    raise SystemExit(main())
