"""As `bench/django.py`, with a view that makes five queries."""

from __future__ import annotations

import sys

from bench.django import main

if __name__ == "__main__":
    sys.argv[1:] = ["--view", "django-queries", *sys.argv[1:]]
    main()
