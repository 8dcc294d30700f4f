"""A diagnosis, for people. Needs Rich; nothing else in the doctor does."""

from hotclub.doctor.report._report import render
from hotclub.doctor.report._words import short

__all__ = ["render", "short"]
