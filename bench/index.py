"""The indexes that the doctor chooses, against none and against one on every filtered column.

The example shop on a PostgreSQL of the benchmark's own, its orders invented by SQL (``large``: five
million order lines; ``--lines N`` for fewer). It is crawled and diagnosed as by ``hotclub doctor``.
Then three clones stand side by side: one as the shop is, one with the chosen indexes, one with an
index on every column that a recorded statement's WHERE or ON names, where none begins with it.
The chosen ones are made as the doctor says them: of some rows, with columns beside, as summaries.
Every statement whose plan is not the same on all three is run on them in turn, several rounds; a
statement counts as often as the crawl ran it. Beside the time stands the work, counted in rows and
pages, which is the same in every run. Sizes are those of the added indexes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hotclub.doctor import Options, diagnose
from hotclub.doctor.finding import MissingIndex
from hotclub.doctor.indexes._look import MIN_ROWS
from hotclub.doctor.indexes._sql import selects
from hotclub.doctor.indexes._workload import Statement, workload
from hotclub.project import Project
from hotclub.recording import Recording
from hotclub.workspace import Child, Workspace
from tests.postgres_server import TestServer, running

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = Options(max_requests=250, max_seconds=120, index_seconds=240)
ROUNDS = 5
SIDES = ("none", "hotclub", "every column")


@contextmanager
def seeded_shop(lines: int | None) -> Iterator[Project]:
    """The shop on a server of its own, with its data."""
    with running() as server, tempfile.TemporaryDirectory() as directory:
        shop = Path(directory) / "shop"
        ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3*")
        shutil.copytree(ROOT / "examples" / "shop", shop, ignore=ignored)
        os.environ["DATABASE_URL"] = made(server)
        size = ["--size", "large", *([] if lines is None else ["--lines", str(lines)])]
        for words in (["migrate", "--verbosity", "0"], ["seed", *size]):
            subprocess.run([sys.executable, "manage.py", *words], cwd=shop, check=True)
        server.sql("VACUUM ANALYZE;", "shop")
        yield Project.find(shop, python=sys.executable)


def made(server: TestServer) -> str:
    server.sql("CREATE DATABASE shop;")
    return f"postgres://boss@{quote(str(server.directory), safe='')}:{server.port}/shop"


def tell(text: str, done: int = 0, total: int = 0) -> None:
    """Progress, sparsely."""
    if done % 50 == 0:
        print(f"{text} {done}/{total}" if total else text, flush=True)


_FILTERS = re.compile(
    r"\b(?:WHERE|ON)\b(.*?)(?=\b(?:WHERE|GROUP BY|ORDER BY|HAVING|LIMIT|INNER|LEFT|UNION)\b|$)",
    re.S,
)
_COLUMN = re.compile(r'"?(\w+)"?\."(\w+)"')


def filtered(child: Child, statements: Sequence[Statement]) -> list[tuple[str, str]]:
    """Table and column of every filter that no index begins with, of tables that have rows enough
    for the doctor to look at."""
    wanted: dict[tuple[str, str], None] = {}
    for statement in statements:
        aliases = {name: t for one in selects(statement.sql) for name, t in one.tables.items()}
        for filters in _FILTERS.findall(statement.sql):
            for table, column in _COLUMN.findall(filters):
                wanted.setdefault((aliases.get(table, ""), column))
    names = sorted({table for table, _ in wanted})
    facts = child.call("tables", alias="default", names=names)["tables"]
    columns = {one["table"]: one["columns"] for one in child.call("models")["models"]}
    return [
        (table, column)
        for table, column in wanted
        if table in facts
        and facts[table]["rows"] >= MIN_ROWS
        and column in columns.get(table, ())
        and not any(known[:1] == [column] for known in facts[table]["indexes"])
    ]


def differing(sides: dict[str, Child], statements: Sequence[Statement]) -> list[Statement]:
    """Those whose plan is not the same everywhere."""
    calls = [statement.samples[0].call for statement in statements]
    plans = [
        child.call("plans", alias="default", statements=calls, timeout=600)["plans"]
        for child in sides.values()
    ]
    return [
        statement
        for statement, *found in zip(statements, *plans, strict=True)
        if any(plan.get("lines") != found[0].get("lines") for plan in found)
    ]


def work(child: Child, statements: Sequence[Statement]) -> int:
    """Of the crawl's runs of all statements."""
    calls = [statement.samples[0].call for statement in statements]
    found = child.call("work", alias="default", statements=calls, timeout=600)["work"]
    return sum((one or 0) * s.runs for one, s in zip(found, statements, strict=True))


def build(child: Child, indexes: Sequence[dict[str, Any]]) -> int:
    """Make them; their bytes."""
    total = 0
    for number, index in enumerate(indexes):
        name = f"bench_{number}"
        answer = child.call("build", alias="default", name=name, **index, timeout=600)
        more = {key: index[key] for key in ("include", "condition", "pages") if index.get(key)}
        told = ", ".join(f"{column}{' desc' * down}" for column, down, *_ in index["columns"])
        told += "".join(f"; {key} {value}" for key, value in more.items())
        print(f"  {index['table']} ({told}): {answer['bytes'] / 1e6:.2f} MB")
        total += answer["bytes"]
    return total


def as_chosen(index: MissingIndex, columns: Mapping[str, str]) -> dict[str, Any]:
    """What to ask of ``build`` for an index of the doctor's, with all that it is more than its
    keys; ``columns`` of the index's model by the fields' names."""
    downs = [field.startswith("-") for field in index.fields] or [False] * len(index.columns)
    return {
        "table": index.table,
        "columns": [[c, d, index.function] for c, d in zip(index.columns, downs, strict=True)],
        "include": [columns.get(field, field) for field in index.include],
        "condition": [[columns.get(field, field), what] for field, what in index.condition],
        "pages": index.pages,
    }


def columns_of(child: Child) -> dict[str, dict[str, str]]:
    """Of each table its columns by the names of the model's fields."""
    models = child.call("models")["models"]
    return {one["table"]: {f: c for c, f in one["columns"].items()} for one in models}


def measure(sides: dict[str, Child], statements: Sequence[Statement]) -> dict[str, list[float]]:
    """Milliseconds of the crawl's runs of all statements, for each side and round."""
    totals: dict[str, list[float]] = {side: [] for side in sides}
    usable = list(statements)
    for number in range(ROUNDS + 1):
        times: dict[str, dict[int, float]] = {side: {} for side in sides}
        for statement in usable:
            call = statement.samples[0].call
            for side in list(sides)[:: 1 if number % 2 else -1]:
                (ns,) = sides[side].call(
                    "clock", alias="default", statements=[call], seconds=0.01, timeout=600
                )["ns"]
                if ns is not None:
                    times[side][statement.number] = ns / 1e6 * statement.runs
        usable = [s for s in usable if all(s.number in found for found in times.values())]
        if number:  # the first round warms up
            for side, found in times.items():
                totals[side].append(sum(found.values()))
        told = ", ".join(f"{side} {sum(found.values()):,.0f} ms" for side, found in times.items())
        print(f"round {number}/{ROUNDS}: {told}", flush=True)
    return totals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, help="order lines (default: five million)")
    lines = parser.parse_args().lines
    with seeded_shop(lines) as project, Workspace.create(project, tell) as workspace:
        diagnosis = diagnose(project, workspace, OPTIONS, tell)
        chosen = [f.index for f in diagnosis.findings if f.code == "HC701" and f.index]
        with Recording.open(diagnosis.recordings[0]) as recording:
            statements = workload(recording)
        sides = {side: workspace.child(run="bench", depth="light") for side in SIDES}
        print("chosen:")
        columns = columns_of(sides["none"])
        wanted = [as_chosen(index, columns.get(index.table, {})) for index in chosen]
        sizes = {"hotclub": build(sides["hotclub"], wanted)}
        print("every filtered column:")
        every = filtered(sides["none"], statements)
        sizes["every column"] = build(
            sides["every column"],
            [{"table": table, "columns": [[column, False]]} for table, column in every],
        )
        concerned = differing(sides, statements)
        totals = measure(sides, concerned)
        works = {side: work(child, concerned) for side, child in sides.items()}
        for child in sides.values():
            child.close()
    medians = {side: statistics.median(values) for side, values in totals.items()}
    for side, value in medians.items():
        size = f", {sizes[side] / 1e6:,.1f} MB of indexes" if side in sizes else ""
        print(f"{side:12} {value:10,.1f} ms, work {works[side]:,}{size}")
    print(f"{len(concerned)} of {len(statements)} statements have another plan")
    line = {
        "bench": "index", "unit": "ms", "better": "lower",
        "hotclub": round(medians.pop("hotclub"), 1),
        "peers": {side: round(value, 1) for side, value in medians.items()},
        "megabytes": {side: round(size / 1e6, 1) for side, size in sizes.items()},
        "work": works,
        "lines": lines or 5_000_000,
    }  # fmt: skip
    print(json.dumps(line))


if __name__ == "__main__":
    main()
