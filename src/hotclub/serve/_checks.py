"""What values settings take: each check returns the value or raises ValueError with a reason."""

from __future__ import annotations

import contextlib
import grp
import inspect
import ipaddress
import os
import pwd
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

LEVELS = ("critical", "error", "warning", "info", "debug")


def text(value: Any) -> str | None:
    """Any text; None stays None."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {value!r}")
    return value.strip()


def texts(value: Any) -> tuple[str, ...]:
    """Texts, one or several."""
    items = [value] if isinstance(value, str) else (value or ())
    if not isinstance(items, Iterable):
        raise ValueError(f"must be a list of texts, not {value!r}")
    return tuple(str(text(item)) for item in items)


def names(value: Any) -> tuple[str, ...]:
    """Texts, separated by commas when they come as one."""
    items = value.split(",") if isinstance(value, str) else texts(value)
    return tuple(item.strip() for item in items if item.strip())


def boolean(value: Any) -> bool:
    """True or false."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("true", "false"):
            return word == "true"
    elif value is None or isinstance(value, bool):
        return bool(value)
    raise ValueError(f"must be true or false, not {value!r}")


def whole(least: int) -> Callable[[Any], int]:
    """A whole number of at least ``least``; text may be hexadecimal or octal (0x…, 0o…)."""

    def check(value: Any) -> int:
        try:
            number = int(value, 0) if isinstance(value, str) else int(value)
        except (TypeError, ValueError):
            raise ValueError(f"must be a whole number, not {value!r}") from None
        if number < least:
            raise ValueError(f"must be at least {least}, not {value}")
        return number

    return check


def seconds(least: float) -> Callable[[Any], float]:
    """A time of at least ``least`` seconds."""

    def check(value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"must be a number of seconds, not {value!r}") from None
        if not least <= number < float("inf"):
            raise ValueError(f"must be at least {least:g}, not {value}")
        return number

    return check


def octal(value: Any) -> int:
    """A file mode; text is octal when it begins with 0."""
    if isinstance(value, str) and value.isdigit() and value.startswith("0"):
        with contextlib.suppress(ValueError):
            return int(value, 8)
        raise ValueError(f"must be an octal number, not {value!r}")
    return whole(0)(value)


def one_of(*words: str) -> Callable[[Any], str]:
    """One of some words."""

    def check(value: Any) -> str:
        word = str(value).strip().lower()
        if word not in words:
            raise ValueError(f"must be one of {', '.join(words)}, not {value!r}")
        return word

    return check


def networks(value: Any) -> tuple[str, ...]:
    """Addresses and networks, separated by commas; ``*`` is everybody."""
    for address in (found := names(value)):
        if address == "*":
            continue
        try:
            ipaddress.ip_network(address)
        except ValueError as error:
            raise ValueError(f"must be addresses or networks: {error}") from None
    return found


def mapping(value: Any) -> dict[Any, Any]:
    """A dict; only a configuration file can give one."""
    if not isinstance(value, dict):
        raise ValueError(f"must be a dict, not {value!r}")
    return dict(value)


def directory(value: Any) -> str | None:
    """A directory that exists."""
    path = text(value)
    if path is not None and not Path(path).is_dir():
        raise ValueError(f"{path}: there is no such directory")
    return path


def user(value: Any) -> int:
    """A user's number, from its number or name; None is the one that we are."""
    return _account(value, "user", os.geteuid, lambda name: pwd.getpwnam(name).pw_uid)


def group(value: Any) -> int:
    """A group's number, from its number or name; None is the one that we are."""
    return _account(value, "group", os.getegid, lambda name: grp.getgrnam(name).gr_gid)


def _account(value: Any, kind: str, own: Callable[[], int], find: Callable[[str], int]) -> int:
    if value is None:
        return own()
    if isinstance(value, int):
        return value
    name = str(value)
    if name.isdigit():
        return int(name)
    try:
        return find(name)
    except KeyError:
        raise ValueError(f"names nobody: there is no {kind} {name!r} here") from None


def class_or_name(value: Any) -> Any:
    """A class, or the dotted name of one."""
    return value if inspect.isclass(value) else text(value)


def environment(value: Any) -> tuple[str, ...]:
    """``NAME=value``, one or several."""
    for item in (found := texts(value)):
        if "=" not in item:
            raise ValueError(f"must be NAME=value, not {item!r}")
    return found


def hook(*arities: int) -> Callable[[Any], Callable[..., Any] | None]:
    """A function of so many arguments, or its dotted name."""

    def check(value: Any) -> Callable[..., Any] | None:
        if value is None:
            return None
        function = _imported(value) if isinstance(value, str) else value
        if not callable(function):
            raise ValueError(f"must be a function, not {value!r}")
        if not any(_can_take(function, arity) for arity in arities):
            wanted = " or ".join(str(arity) for arity in arities)
            raise ValueError(f"must be a function of {wanted} arguments")
        called: Callable[..., Any] = function
        return called

    return check


def _imported(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(__import__(module, fromlist=[attribute]), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"{name} cannot be imported: {error}") from None


def _can_take(function: Callable[..., Any], arity: int) -> bool:
    try:
        inspect.signature(function).bind(*range(arity))
    except TypeError:
        return False
    except ValueError:  # no signature to be had: written in C
        return True
    return True


def arity_of(function: Callable[..., Any], *arities: int) -> int:
    """The first of ``arities`` that the function can be called with."""
    return next((n for n in arities if _can_take(function, n)), arities[0])


def statsd(value: Any) -> tuple[str, int] | str | None:
    """``host:port`` or ``unix://path``."""
    address = text(value)
    if address is None:
        return None
    if address.startswith("unix:") and not address.removeprefix("unix:").isdigit():
        return address.removeprefix("unix://").removeprefix("unix:")
    host, colon, port = address.rpartition(":")
    if colon and not port.isdigit():
        raise ValueError(f"must be host:port or unix://path, not {value!r}")
    return (host.strip("[]") or "localhost", int(port)) if colon else (address, 8125)


def level(value: Any) -> str:
    """The name of a log level."""
    return one_of(*LEVELS)(value)


def existing(value: Any) -> tuple[str, ...]:
    """Files that exist, or patterns."""
    for path in (found := texts(value)):
        if not any(sign in path for sign in "*?[") and not os.path.exists(path):
            raise ValueError(f"{path}: there is no such file")
    return found


def size(value: Any) -> int:
    """Bytes; text may end in K, M or G."""
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    if isinstance(value, str) and value[-1:].upper() in units:
        with contextlib.suppress(ValueError):
            return round(float(value[:-1]) * units[value[-1].upper()])
        raise ValueError(f"must be a size such as 500M, not {value!r}")
    return whole(0)(value)


def anything(value: Any) -> Any:
    """For settings that are refused whatever they say."""
    return value


def proxy_mode(value: Any) -> str:
    """``off``, ``v1``, ``v2`` or ``auto``; a boolean is off or auto."""
    if value is None or isinstance(value, bool) or str(value).lower() in ("true", "false"):
        return "auto" if str(value).lower() == "true" else "off"
    return one_of("off", "v1", "v2", "auto")(value)


def mount(value: Any) -> tuple[tuple[str, str], ...]:
    """``PREFIX=DIR``, one or several: where the files below a path are."""
    found = []
    for item in texts(value):
        prefix, sign, place = item.partition("=")
        if not sign or not prefix.startswith("/"):
            raise ValueError(f"must be /prefix/=directory, not {item!r}")
        if not Path(place).is_dir():
            raise ValueError(f"{place}: there is no such directory")
        found.append((prefix, os.path.abspath(place)))
    return tuple(found)
