"""What ``wagtail start`` makes, with a blog beside it and Wagtail's own source in the checkout."""

from __future__ import annotations

REQUIREMENTS = ("wagtail==8.0", "Django==5.2.*", "setuptools")
