"""How much faster: the same pages before and after, under gunicorn and under hotclub."""

from hotclub.bench._compare import Row, compare
from hotclub.bench._pages import choose
from hotclub.bench._table import as_json, table
from hotclub.bench._wrk import require

__all__ = ["Row", "as_json", "choose", "compare", "require", "table"]
