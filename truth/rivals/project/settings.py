"""Settings of the club's project. Which tool listens is in the environment."""

import os

TOOL = os.environ.get("TRUTH_TOOL", "hotclub")

_APPS = {"zeal": ["zeal"], "query-doctor": ["query_doctor"]}
_MIDDLEWARE = {
    "zeal": ["zeal.middleware.zeal_middleware"],
    "nplusone": ["nplusone.ext.django.NPlusOneMiddleware"],
    "query-doctor": ["query_doctor.middleware.QueryDoctorMiddleware"],
}

ALLOWED_HOSTS = ["*"]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "club.access.GrantBackend"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("TRUTH_DATABASE", ":memory:"),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "rest_framework",
    "club",
    *_APPS.get(TOOL, []),
]
LOGGING_CONFIG = None
MIDDLEWARE = [
    *_MIDDLEWARE.get(TOOL, []),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
QUERY_DOCTOR = {"REPORTERS": []}
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}
ROOT_URLCONF = "urls"
SECRET_KEY = "of no use to anybody"
STATIC_URL = "/static/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "club.context.sidebar",
            ]
        },
    }
]
USE_TZ = True
ZEAL_RAISE = False
