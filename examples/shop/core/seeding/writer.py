"""Writes many rows of a model quickly: plain tuples and executemany, no instances."""

from itertools import islice

from django.db import connection, models

BATCH = 10_000
NEEDS_ADAPTING = (models.DateTimeField, models.DecimalField)


def insert(model, names, rows):
    """Inserts the rows, tuples in the order of the field names. Returns how many there were."""
    fields = [model._meta.get_field(name) for name in names]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
    adapters = [
        (index, field) for index, field in enumerate(fields) if isinstance(field, NEEDS_ADAPTING)
    ]
    rows = adapted(rows, adapters) if adapters else iter(rows)
    written = 0
    with connection.cursor() as cursor:
        while batch := list(islice(rows, BATCH)):
            cursor.executemany(sql, batch)
            written += len(batch)
    return written


def adapted(rows, adapters):
    seen = {}
    for row in rows:
        row = list(row)
        for index, field in adapters:
            key = (index, row[index])
            if key not in seen:
                seen[key] = field.get_db_prep_save(row[index], connection)
            row[index] = seen[key]
        yield row


def reset_sequences(written):
    """Lets PostgreSQL's sequences go on behind the keys that were given by hand."""
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(sql)
