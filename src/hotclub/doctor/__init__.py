"""What is slow in a project, on which line, and why."""

from hotclub.doctor._diagnose import diagnose
from hotclub.doctor._examine import examine
from hotclub.doctor._potential import potential
from hotclub.doctor.diagnosis import (
    SCHEMA,
    Diagnosis,
    Options,
    OwnTests,
    Progress,
    Request,
    Route,
    silent,
)
from hotclub.doctor.finding import (
    Evidence,
    Finding,
    IndexedStatement,
    MissingIndex,
    Place,
    Step,
)

__all__ = [
    "SCHEMA",
    "Diagnosis",
    "Evidence",
    "Finding",
    "IndexedStatement",
    "MissingIndex",
    "Options",
    "Place",
    "Progress",
    "Request",
    "Route",
    "Step",
    "OwnTests",
    "diagnose",
    "examine",
    "potential",
    "silent",
]
