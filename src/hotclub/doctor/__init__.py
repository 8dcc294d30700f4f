"""What is slow in a project, on which line, and why."""

from hotclub.doctor.finding import Evidence, Finding, Place, Step

__all__ = ["Evidence", "Finding", "Place", "Step"]
