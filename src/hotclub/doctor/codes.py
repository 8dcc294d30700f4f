"""Every code that a finding can have, as the sections of ``docs/findings.md`` are called."""

from __future__ import annotations

CODES = {
    "HC101": "a foreign key or one-to-one followed from each instance",
    "HC102": "the other side of a foreign key, loaded one instance at a time",
    "HC103": "a many-to-many relation loaded one instance at a time",
    "HC104": "a generic relation loaded one instance at a time",
    "HC201": "the same query again",
    "HC301": "a relation counted, tested or aggregated for each instance",
    "HC302": "all rows loaded to know how many there are",
    "HC303": "rows loaded to be added up in Python",
    "HC401": "a number read, changed and saved without a lock",
    "HC402": "rows loaded and filtered in Python",
    "HC403": "all rows loaded to know whether there are any",
    "HC404": "a queryset asked first and then run whole",
    "HC405": "a heavy column loaded and never read",
    "HC406": "rows written one by one in a loop",
    "HC407": "whole rows loaded for one value each",
    "HC501": "a list shown whole, as long as its table",
    "HC502": "COUNT(*) over the whole list for one page of it",
    "HC503": "a deep OFFSET",
    "HC601": "a database connection opened for every request",
    "HC602": "a GET that writes to the database",
    "HC603": "the session saved by every request",
    "HC604": "another server asked inside a transaction",
    "HC701": "filtered or sorted without an index",
    "HC702": "an index that is the beginning of another one",
    "HC703": "an index that exists twice",
    "HC704": "an index that no statement seen here uses",
}
