"""Visiting a project: every route, as everybody, on the copy, with a recording on."""

from hotclub.doctor.crawl._crawl import begin, crawl
from hotclub.doctor.crawl._routes import KnownRoute
from hotclub.doctor.crawl._seen import Crawl
from hotclub.doctor.crawl._targets import Target, destructive
from hotclub.doctor.crawl._team import Team
from hotclub.doctor.crawl._visiting import limit
from hotclub.doctor.crawl._visits import Visit
from hotclub.doctor.crawl._worker import Worker

__all__ = [
    "Crawl",
    "KnownRoute",
    "Target",
    "Team",
    "Visit",
    "Worker",
    "begin",
    "crawl",
    "destructive",
    "limit",
]
