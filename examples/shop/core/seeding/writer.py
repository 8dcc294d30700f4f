"""Writes many rows of a model quickly: plain tuples and executemany, no instances."""

from functools import partial
from itertools import islice

from django.core.management.color import no_style
from django.db import connection, models

BATCH = 10_000


def insert(model, names, rows):
    """Inserts the rows, tuples in the order of the field names. Returns how many there were."""
    fields = [model._meta.get_field(name) for name in names]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
    rows = adapted(rows, [(index, adapter(field)) for index, field in enumerate(fields)])
    written = 0
    with connection.cursor() as cursor:
        while batch := list(islice(rows, BATCH)):
            cursor.executemany(sql, batch)
            written += len(batch)
    return written


def adapter(field):
    """What makes the field's values fit for the database's driver; None where they are."""
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, models.DecimalField):
        return partial(
            connection.ops.adapt_decimalfield_value,
            max_digits=field.max_digits,
            decimal_places=field.decimal_places,
        )
    return None


def adapted(rows, adapters):
    adapters = [(index, adapt) for index, adapt in adapters if adapt]
    for row in rows:
        row = list(row)
        for index, adapt in adapters:
            row[index] = adapt(row[index])
        yield row


def reset_sequences(written):
    """Lets PostgreSQL's sequences go on behind the keys that were given by hand."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(sql)
