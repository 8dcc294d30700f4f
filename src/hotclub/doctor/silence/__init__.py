"""Which findings are reported: codes chosen, comments in the source, a baseline of known ones."""

from hotclub.doctor.silence._baseline import Baseline, fingerprint, identify
from hotclub.doctor.silence._comments import Comment, comments
from hotclub.doctor.silence._project import selection_of
from hotclub.doctor.silence._select import codes
from hotclub.doctor.silence._silence import Selection, reported, silence

__all__ = [
    "Baseline",
    "Comment",
    "Selection",
    "codes",
    "comments",
    "fingerprint",
    "identify",
    "reported",
    "selection_of",
    "silence",
]
