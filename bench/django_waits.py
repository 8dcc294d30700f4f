"""As `bench/django.py`, with a view that waits: four queries, 2 ms each for a database elsewhere.

Judged by the requests/s of 16 threads; the processor time of a request is beside it.
"""

from __future__ import annotations

import sys

from bench.django import main

if __name__ == "__main__":
    only = [] if "--only" in sys.argv else ["--only", "gunicorn", "granian"]
    sys.argv[1:] = ["--view", "django-waits", "--threads", "16", *only, *sys.argv[1:]]
    main()
