"""A diagnosis, for people. Needs Rich; nothing else in the doctor does."""

from hotclub.doctor.report._report import render

__all__ = ["render"]
