"""Ways to exercise a project beside the crawl: scripts, recordings, access logs, its own tests."""

from hotclub.doctor.exercise._replay import ask_again
from hotclub.doctor.exercise._run import ask
from hotclub.doctor.exercise._script import Script, read_script
from hotclub.doctor.exercise._test_command import split
from hotclub.doctor.exercise._tests import run_tests

__all__ = ["Script", "ask", "ask_again", "read_script", "run_tests", "split"]
