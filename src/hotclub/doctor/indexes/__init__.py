"""HC701, missing indexes: found in the plans of recorded statements, proved on a copy."""

from hotclub.doctor.indexes._finding import CODE
from hotclub.doctor.indexes._look import Missing, found_before, missing
from hotclub.doctor.indexes._remembered import remember
from hotclub.doctor.indexes._workload import has_statements

__all__ = ["CODE", "Missing", "found_before", "has_statements", "missing", "remember"]
