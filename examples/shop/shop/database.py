"""The DATABASES setting from the environment.

DATABASE_URL wins (``postgres://user:password@host:port/name?option=value`` or
``sqlite:///path``); otherwise SQLite in the file named by SHOP_DATABASE.
"""

from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

POSTGRES_SCHEMES = {"postgres", "postgresql", "pgsql"}


def from_environment(environ, default_path):
    url = environ.get("DATABASE_URL")
    if url:
        return parse(url)
    return sqlite(environ.get("SHOP_DATABASE") or default_path)


def sqlite(path):
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}


def parse(url):
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path[1:])
        if not path:
            raise ImproperlyConfigured(f"DATABASE_URL {url!r} names no file: use sqlite:///path")
        return sqlite(path)
    if parts.scheme not in POSTGRES_SCHEMES:
        raise ImproperlyConfigured(
            f"DATABASE_URL has the scheme {parts.scheme!r}: use postgres:// or sqlite:///"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
