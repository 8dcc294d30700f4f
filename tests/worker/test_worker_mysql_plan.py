"""Plans of MySQL, which no test has a server of: as its manual has them, written by hand."""

from __future__ import annotations

import json
from typing import Any

from hotclub.agent.worker._mysql_plan import explain

PLAN = {
    "query_block": {
        "select_id": 1,
        "ordering_operation": {
            "using_filesort": True,
            "nested_loop": [
                {"table": {"table_name": "shelf", "access_type": "ALL"}},
                {"table": {"table_name": "book", "access_type": "ref", "key": "book_shelf"}},
            ],
        },
    }
}
NEWER = {
    "query": "/* select#1 */ select …",
    "json_schema_version": "2.0",
    "query_plan": {"operation": "Table scan on shelf", "table_name": "shelf"},
}
SEEN = {
    "lines": ["ALL on shelf", "ref on book using book_shelf"],
    "scans": ["shelf"],
    "sorts": True,
    "indexes": ["book_shelf"],
}


class Cursor:
    """Answers in the form that it was told to, ``NEWER`` before that."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.asked: list[str] = []

    def execute(self, sql: str, params: Any = None) -> None:
        self.asked.append(sql)
        if sql == "SET SESSION explain_json_format_version = 1":
            self.plan = PLAN

    def fetchone(self) -> tuple[str]:
        return (json.dumps(self.plan),)


def test_a_plan_of_version_1() -> None:
    cursor = Cursor(PLAN)
    assert explain(cursor, "SELECT 1", ()) == SEEN
    assert cursor.asked == ["EXPLAIN FORMAT=JSON SELECT 1"]


def test_a_server_that_has_plans_of_version_2_is_asked_for_the_other() -> None:
    cursor = Cursor(NEWER)
    assert explain(cursor, "SELECT 1", ()) == SEEN
    assert len(cursor.asked) == 3
