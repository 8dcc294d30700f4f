"""A shop in a MariaDB with more rows than are wanted, of which a sample is taken."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from hotclub.workspace import Wanted
from hotclub.workspace.mysql import Clone, Copies
from tests.workspace.sample_mariadb import MariaOriginal, maria_copied, rows

ROWS = 60
SHOP = r"""
CREATE TABLE `Cus``tomer` (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40) CHARACTER SET latin1,
  `invited by` INT, FOREIGN KEY (`invited by`) REFERENCES `Cus``tomer` (id));
INSERT INTO `Cus``tomer`
  SELECT seq, CONCAT('é\t\\b\r\n''c ', seq), NULLIF(seq DIV 7, 0) FROM seq_1_to_2000;
CREATE TABLE profile (customer_id INT PRIMARY KEY, note TEXT,
  FOREIGN KEY (customer_id) REFERENCES `Cus``tomer` (id));
INSERT INTO profile SELECT 2 * seq - 1, IF(seq % 2, 'NULL', NULL) FROM seq_1_to_1000;
CREATE TABLE orders (year INT, id INT, state ENUM ('new', 'sent'), net DECIMAL(10, 2),
  gross DECIMAL(10, 2) AS (net * 1.19) STORED, customer_id INT NOT NULL, PRIMARY KEY (year, id),
  FOREIGN KEY (customer_id) REFERENCES `Cus``tomer` (id));
INSERT INTO orders (year, id, state, net, customer_id)
  SELECT 2024 + seq % 2, seq, 'sent', seq, 1 + seq % 500 FROM seq_1_to_6000;
CREATE TABLE line (id BIGINT PRIMARY KEY, year INT, order_id INT,
  FOREIGN KEY (year, order_id) REFERENCES orders (year, id));
INSERT INTO line SELECT s.seq, o.year, o.id FROM seq_1_to_9000 s
  JOIN orders o ON o.id = 1 + s.seq % 6000;
INSERT INTO line SELECT seq, 2024, NULL FROM seq_9001_to_9010;
CREATE TABLE chicken (id INT PRIMARY KEY, egg_id INT NOT NULL);
CREATE TABLE egg (id INT PRIMARY KEY, chicken_id INT NOT NULL,
  FOREIGN KEY (chicken_id) REFERENCES chicken (id));
INSERT INTO chicken SELECT seq, (seq - 1) DIV 5 * 5 + seq % 5 + 1 FROM seq_1_to_1000;
INSERT INTO egg SELECT seq, seq FROM seq_1_to_1000;
ALTER TABLE chicken ADD FOREIGN KEY (egg_id) REFERENCES egg (id);
CREATE TABLE thing (id UUID PRIMARY KEY DEFAULT UUID(), code BINARY(4) UNIQUE NOT NULL, flag BIT(9),
  weight FLOAT, exact DOUBLE, at TIMESTAMP(6) NULL, day DATE, extra JSON, place POINT);
INSERT INTO thing SELECT CONCAT(LPAD(HEX(seq), 8, '0'), '-0000-1000-8000-000000000000'),
  UNHEX(LPAD(HEX(seq * 65537), 8, '0')), seq % 512, seq / 7, seq / 7,
  '2024-07-01 12:00:00.5' + INTERVAL seq SECOND, '2024-01-01', '{"a": "\\n"}', POINT(seq, 1.5)
  FROM seq_1_to_700;
CREATE TABLE named (id INT PRIMARY KEY, code BINARY(4) NOT NULL, thing_id UUID NOT NULL,
  FOREIGN KEY (code) REFERENCES thing (code), FOREIGN KEY (thing_id) REFERENCES thing (id));
INSERT INTO named SELECT seq, UNHEX(LPAD(HEX(seq * 65537), 8, '0')),
  CONCAT(LPAD(HEX(701 - seq), 8, '0'), '-0000-1000-8000-000000000000') FROM seq_1_to_700;
CREATE TABLE event (happened TEXT); INSERT INTO event SELECT 'x' FROM seq_1_to_700;
CREATE TABLE nothing (id INT PRIMARY KEY, customer_id INT,
  FOREIGN KEY (customer_id) REFERENCES `Cus``tomer` (id));
CREATE TRIGGER refuse BEFORE INSERT ON orders FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no more';
CREATE VIEW sent AS SELECT * FROM orders WHERE state = 'sent';
CREATE SEQUENCE ticket START WITH 4712;
"""
KEYS = {
    "customer": "`Cus``tomer` c LEFT JOIN `Cus``tomer` p ON p.id = c.`invited by`"
    " WHERE c.`invited by` IS NOT NULL AND p.id IS NULL",
    "profile": "profile c LEFT JOIN `Cus``tomer` p ON p.id = c.customer_id WHERE p.id IS NULL",
    "orders": "orders c LEFT JOIN `Cus``tomer` p ON p.id = c.customer_id WHERE p.id IS NULL",
    "line": "line c LEFT JOIN orders p ON (p.year, p.id) = (c.year, c.order_id)"
    " WHERE c.order_id IS NOT NULL AND p.id IS NULL",
    "chicken": "chicken c LEFT JOIN egg p ON p.id = c.egg_id WHERE p.id IS NULL",
    "egg": "egg c LEFT JOIN chicken p ON p.id = c.chicken_id WHERE p.id IS NULL",
    "code": "named c LEFT JOIN thing p ON p.code = c.code WHERE p.id IS NULL",
    "uuid": "named c LEFT JOIN thing p ON p.id = c.thing_id WHERE p.id IS NULL",
}
TABLES = ("`Cus``tomer`", "profile", "orders", "line", "chicken", "egg", "thing", "named", "event",
          "nothing")  # fmt: skip


def sampled(
    original: MariaOriginal, more: str = SHOP, count: int = ROWS, limit: int = 1 << 30
) -> contextlib.AbstractContextManager[Copies]:
    """Copies of the database, of which a sample is taken."""
    return maria_copied(original(more=more), limit=limit, wanted=Wanted(count))


@contextlib.contextmanager
def one(copies: Copies) -> Iterator[Clone]:
    """A clone."""
    clones = copies.clone(analyze=False)
    yield clones["default"]
    copies.drop(clones)


def counted(clone: Clone, *tables: str) -> dict[str, int]:
    """How many rows tables have."""
    return {table: int(rows(clone, f"SELECT COUNT(*) FROM {table}")[0]) for table in tables}
