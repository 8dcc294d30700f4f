"""One machine: SQLite, no Redis, no Celery, assets as the package brings them."""

import os
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
os.environ["DATA_DIR"] = str(BASE / "data")

from pretix.settings import *  # noqa: E402, F403
from pretix.settings import DATABASES, STORAGES  # noqa: E402

SECRET_KEY = "for a box that nobody but its maker can reach"
SITE_URL = "http://localhost:8000"
DEBUG = False
DATABASES["default"]["NAME"] = str(BASE / "data" / "db.sqlite3")
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
COMPRESS_ENABLED = COMPRESS_OFFLINE = False
COMPRESS_PRECOMPILERS = ()
CELERY_TASK_ALWAYS_EAGER = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
