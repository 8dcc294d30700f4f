"""Proof: the recorded requests, replayed on the old tree and the new one, and where they differ on
the old one again.

A proof never decides what to look for and never edits: it is handed fixes and requests, and
says which fixes leave every response as it was and make it cheaper.
"""

from hotclub.proof._passing import touched
from hotclub.proof._prove import prove
from hotclub.proof._replay import Run
from hotclub.proof.cache import Cache
from hotclub.proof.model import (
    Answer,
    Judged,
    Mask,
    PageProof,
    Proof,
    Rejection,
    Reservation,
    Timing,
    Verdict,
)

__all__ = [
    "Answer",
    "Cache",
    "Judged",
    "Mask",
    "PageProof",
    "Proof",
    "Rejection",
    "Reservation",
    "Run",
    "Timing",
    "Verdict",
    "prove",
    "touched",
]
