"""A diagnosis, for people and as SARIF. Needs Rich; nothing else in the doctor does."""

from hotclub.doctor.report._report import render
from hotclub.doctor.report._sarif import sarif, write_sarif
from hotclub.doctor.report._words import sentence, short, times

__all__ = ["render", "sarif", "sentence", "short", "times", "write_sarif"]
