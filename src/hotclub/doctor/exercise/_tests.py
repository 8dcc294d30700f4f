"""Running the project's own tests on the copy, with a recording on.

They run in a tree of their own, on test databases that they make themselves, and with the
settings that they choose. What their requests show is merged with what the crawl shows, and is
never more than that: nothing of it is measured or proved.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from hotclub.agent.recorder import Config
from hotclub.agent.tested import VARIABLE
from hotclub.doctor.diagnosis import Options, Progress
from hotclub.doctor.exercise._test_command import chooses_settings, command_for
from hotclub.doctor.exercise._test_outcomes import Outcomes
from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Command, Room, Workspace

_BETWEEN = 0.2
_AGAIN, _AGAIN_SECONDS = 40, 60.0
"""So many failing tests are run again without the recorder, and for so long."""
_NO_TESTS = 5
"""The exit status of pytest, and of unittest from Python 3.12, where there are none."""
_LINES = 12
_PLUGIN = "hotclub.agent.tested.plugin"


def run_tests(
    workspace: Workspace, recording: Path, options: Options, progress: Progress
) -> list[str]:
    """Run the tests within the options' limit, their requests recorded deeply; returns notes.

    Raises:
        HotclubError: they do not start; with the end of what they printed.
    """
    assert options.tests is not None
    project, seconds = workspace.project, options.tests.seconds
    command = command_for(project, options.tests.command)
    if not command:
        return ["there are no tests to run: no manage.py, and nothing that sets pytest up; "
                "--tests-command names a command"]  # fmt: skip
    progress("preparing the tests")
    databases = workspace.settings["databases"]
    room = workspace.room("tests", engines={a: one["engine"] for a, one in databases.items()})
    try:
        environ = _environ(project, command, room)
        recorded = {**environ, **Config(recording, room.tree, "deep").environment()}
        run = partial(_run, room=room, progress=progress)
        heard, status, said = run(command, environ=recorded, seconds=seconds)
        if heard.silent and status not in (0, None, _NO_TESTS):
            raise HotclubError(_not_started(command, status, said))
        notes = [_summary(heard, status, said, seconds)]
        if heard.failed:
            anyway = None
            if not options.tests.command and len(heard.runnable) <= _AGAIN:
                names = (*command, *heard.runnable)
                again, status, _ = run(names, environ=environ, seconds=_AGAIN_SECONDS)
                anyway = again.failed if status is not None and again.ended else None
            notes.append(_failures(heard, anyway))
        return notes
    finally:
        room.at_end()


def _run(
    command: Sequence[str],
    *,
    room: Room,
    environ: Mapping[str, str],
    seconds: float,
    progress: Progress,
) -> tuple[Outcomes, int | None, str]:
    """What became of the tests, the exit status (None: the time was over), and what was printed
    last."""
    heard, status = Outcomes(), None
    told = room.run / f"tests-{time.monotonic_ns()}.jsonl"
    deadline = time.monotonic() + seconds
    with Command(command, room, {**environ, VARIABLE: str(told)}) as running:
        while status is None and time.monotonic() < deadline:
            status = running.wait(_BETWEEN)
            heard.listen(told)
            progress("running the tests", len(heard.ended), heard.total)
        return heard, status, running.log_tail()


def _environ(project: Project, command: tuple[str, ...], room: Room) -> dict[str, str]:
    """That of the room, in which the tests choose their settings as they do elsewhere."""
    environ = dict(room.environ)
    if chooses_settings(project, command):
        del environ["DJANGO_SETTINGS_MODULE"]
    plugins = filter(None, (environ.get("PYTEST_PLUGINS"), _PLUGIN))
    return {**environ, "PYTEST_PLUGINS": ",".join(plugins)}


def _summary(heard: Outcomes, status: int | None, said: str, seconds: float) -> str:
    ended = len(heard.ended)
    if status is None:
        total = f"of {heard.total}" if heard.found else "of those found"
        return f"the tests ended at {seconds:g} seconds (--tests-seconds); {ended} {total} had run"
    if status and not heard.silent and (not heard.failed or ended < heard.found):
        last = (said.strip().splitlines() or ["nothing"])[-1]
        return f"the tests broke off after {ended} of {heard.total}, and printed last: {last}"
    if not ended:
        return (
            "the tests' command found no test, or ran them where hotclub hears nothing of them: in "
            "an environment of their own they are neither guarded nor recorded"
        )
    return f"{_counted(ended)} run: what only tests showed was not measured"


def _counted(number: int) -> str:
    return "1 test was" if number == 1 else f"{number} tests were"


def _failures(heard: Outcomes, anyway: Collection[str] | None) -> str:
    """What failed, and whether it is among what fails ``anyway``: without the recorder."""
    failed = heard.failed
    counted = f"{len(failed)} of {heard.total} tests failed"
    if anyway is None:
        return f"{counted}: {heard.listed(failed)}"
    ours = [test for test in failed if test not in anyway]
    if not ours:
        return f"{counted}, as they do unrecorded: {heard.listed(failed)}"
    return f"{counted}, of which {len(ours)} only while they were recorded: {heard.listed(ours)}"


def _not_started(command: tuple[str, ...], status: int | None, said: str) -> str:
    lines = said.strip().splitlines()[-_LINES:] or ["nothing"]
    how = f"the tests did not start: «{' '.join(command)}» ended with status {status} and printed"
    return "\n  ".join([f"{how}:", *lines, "--tests-command names another command"])
