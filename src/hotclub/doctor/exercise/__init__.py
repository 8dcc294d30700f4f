"""Ways to exercise a project beside the crawl: a script of requests, recordings, access logs."""

from hotclub.doctor.exercise._replay import ask_again
from hotclub.doctor.exercise._run import ask
from hotclub.doctor.exercise._script import Script, read_script

__all__ = ["Script", "ask", "ask_again", "read_script"]
