"""What became of each route: answered 2xx by somebody, or why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from hotclub.doctor.crawl import Crawl, KnownRoute, Visit
from hotclub.doctor.diagnosis import Route

_ORDER = ("error", "time-out", "died", "forbidden", "login", "method", "not found", "redirect")
"""When a route was answered in several bad ways: the one that says most comes first."""
_FEW = 5
_TURNED_AWAY = 3
"""Redirects to one page from which it is said that somebody is not let in."""
_LOGIN = ("login", "signin", "sign-in", "log-in")
_STATUS = {
    401: ("forbidden", "401, not for the users we have"),
    403: ("forbidden", "403, not for the users we have"),
    404: ("not found", "404 for every URL tried"),
    405: ("method", "405, it does not take GET"),
    410: ("not found", "410 for every URL tried"),
}


def routes(seen: Crawl) -> tuple[Route, ...]:
    """The outcome of every route, in the URLconf's order."""
    by_route: dict[str, list[Visit]] = {}
    for visit in seen.visits:
        by_route.setdefault(visit.target.route, []).append(visit)
    return tuple(
        _route(seen, route, [] if seen.routes.shadowed(route) else by_route.get(route.pattern, []))
        for route in seen.routes
    )


def _route(seen: Crawl, route: KnownRoute, visits: Sequence[Visit]) -> Route:
    outcome, reason, visit = _outcome(seen, route, visits)
    return Route(
        pattern=route.pattern,
        name=route.name,
        view=route.view,
        in_project=route.in_project,
        outcome=outcome,
        reason=reason,
        requests=len(visits),
        place=visit.place if visit else None,
    )


def _outcome(
    seen: Crawl, route: KnownRoute, visits: Sequence[Visit]
) -> tuple[str, str, Visit | None]:
    if any(visit.ok for visit in visits):
        return "ok", "", None
    if visits:
        known = [visit for visit in visits if visit.target.user is not None]
        bad = [_bad(visit) for visit in known or visits]
        return min(bad, key=_weight)
    if seen.routes.shadowed(route):
        return "not reached", "an earlier route has the same pattern", None
    if route.logout:
        return "skipped", "it logs out", None
    if route.destructive:
        return "skipped", "it looks destructive", None
    if not route.readable:
        return "method", f"it takes only {', '.join(route.methods)}", None
    if route.pattern in seen.waiting:
        return "not reached", "a limit of the crawl came first", None
    reason = seen.no_parameters.get(route.pattern)
    if reason:
        return "no parameters", f"{reason}; --requests can name a URL", None
    return "not reached", "no URL led there", None


def _weight(bad: tuple[str, str, Visit | None]) -> int:
    return _ORDER.index(bad[0]) if bad[0] in _ORDER else len(_ORDER)


def _bad(visit: Visit) -> tuple[str, str, Visit]:
    if visit.lost:
        return visit.lost, visit.problem, visit
    if not visit.status:
        return "error", visit.problem, visit
    if visit.status >= 500:
        return "error", f"{visit.status}, {visit.problem or 'without an exception'}", visit
    if visit.status in _STATUS:
        return (*_STATUS[visit.status], visit)
    if 300 <= visit.status < 400:
        return _redirected(visit)
    return "status", f"answered {visit.status}", visit


def _redirected(visit: Visit) -> tuple[str, str, Visit]:
    target = urlsplit(visit.location)
    if any(word in target.path.lower() for word in _LOGIN):
        return "login", "redirects to the login page", visit
    return "redirect", f"{visit.status}, redirects to {target.path or visit.location}", visit


def failing(seen: Crawl) -> list[str]:
    """A note where most answers were 5xx: the project does not work on the copy."""
    bad = [visit for visit in seen.visits if visit.status >= 500]
    if len(bad) < _FEW or 2 * len(bad) <= len(seen.visits):
        return []
    ((problem, _),) = Counter(visit.problem for visit in bad).most_common(1)
    return [
        f"{len(bad)} of {len(seen.visits)} requests were answered 5xx, most often with "
        f"{problem or 'no exception'}: the project itself fails on the copy; does it need a "
        "service or a setting that is not there?"
    ]


def turned_away(seen: Crawl) -> list[str]:
    """A note where somebody who is logged in is sent to one and the same page by most others."""
    told = []
    for user in seen.users:
        visits = [visit for visit in seen.visits if visit.target.user == user]
        sent = Counter(_sent_to(visit) for visit in visits)
        del sent[""]
        if user is None or not sent:
            continue
        ((page, count),) = sent.most_common(1)
        if count >= _TURNED_AWAY and 2 * count > len(visits):
            told.append((user, page, f"{user} {count} of {len(visits)} requests"))
    return [_turned_away(page, told) for page in dict.fromkeys(page for _, page, _ in told)]


def _sent_to(visit: Visit) -> str:
    """The page that a visit was redirected to; not one that only adds to its own path."""
    page = urlsplit(visit.location).path if 300 <= visit.status < 400 else ""
    return "" if page.rstrip("/") == visit.target.path.rstrip("/") else page


def _turned_away(page: str, told: Sequence[tuple[str, str, str]]) -> str:
    mine = [(user, words) for user, at, words in told if at == page]
    users = " and ".join(f"[users.{user}]" for user, _ in mine)
    return (
        f"{'; '.join(f'as {words}' for _, words in mine)} were sent to {page}: a session does not "
        f"let them in (a second factor?); --requests can describe how they get in, under {users}"
    )


def failures(seen: Crawl) -> Counter[str]:
    """How many visits were answered in which bad way."""
    return Counter(_bad(visit)[0] for visit in seen.visits if not visit.ok)
