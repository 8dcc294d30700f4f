"""``hotclub doctor`` from the outside: what it prints, keeps and returns."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from running import Run

from hotclub.recording import Recording
from tests.doctor.bookshop import environment, run_manage
from tests.doctor.sarif_schema import KIT, problems

LIMITS = ("--max-seconds", "60", "--request-seconds", "0.5", "--max-requests", "25")
ANSI = re.compile(r"\x1b\[")


@pytest.fixture(scope="module")
def kept(bookshop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a run, so that the reports below need not crawl again."""
    path = tmp_path_factory.mktemp("kept") / "doctor.hclb"
    done = subprocess.run(
        [sys.executable, "-m", "hotclub", "doctor", str(bookshop), "--out", str(path), *LIMITS],
        env=environment(), capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "The project is untouched" in done.stdout
    assert "hotclub fix --diff" in done.stdout
    assert str(path) in done.stdout.replace("\n", "")
    assert "books/views.py" in done.stdout and '.select_related("author")' in done.stdout
    assert not ANSI.search(done.stdout + done.stderr), "plain text where there is no terminal"
    assert "hotclub: visiting" in done.stderr and "hotclub: measuring" in done.stderr
    return path


def test_only_its_owner_may_read_the_recording(kept: Path) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with Recording.open(kept) as recording:
        assert {request.depth for request in recording.requests()} == {"deep", "light"}


def test_json_is_all_there_is_on_standard_output(run: Run, bookshop: Path, tmp_path: Path) -> None:
    done = run("doctor", bookshop, "--json", *LIMITS)
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert answer["schema"] == "hotclub.doctor/1" and answer["changed"] == []
    assert {"HC101", "HC201"} <= {finding["code"] for finding in answer["findings"]}
    (recording,) = answer["recordings"]
    assert Path(recording).is_file()
    assert Path(recording).is_relative_to(tmp_path / "cache/hotclub")


def test_an_examined_recording_says_the_same(run: Run, kept: Path, bookshop: Path) -> None:
    done = run("doctor", bookshop, "--recording", kept, "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1 and answer["changed"] == [], "a copy was made for indexes"
    assert {"author", "reviews__by"} <= {finding["lookup"] for finding in answer["findings"]}


def test_selected_codes_and_known_findings(
    run: Run, kept: Path, bookshop: Path, tmp_path: Path
) -> None:
    doctor = ("doctor", bookshop, "--recording", kept, "--json", "--baseline", tmp_path / "known")
    missing = run(*doctor)
    assert missing.returncode == 2 and "--write-baseline" in missing.stderr
    written = run(*doctor, "--write-baseline", "--select", "HC1")
    assert written.returncode == 0 and " known now, in " in written.stderr
    answer = json.loads(run(*doctor).stdout)
    assert {finding["code"] for finding in answer["findings"]} == {"HC201"}
    assert answer["silenced"]["baseline"] >= 2
    clean = run(*doctor, "--ignore", "HC2")
    assert clean.returncode == 0 and json.loads(clean.stdout)["findings"] == []
    assert run(*doctor, "--write-baseline", "--select", "HC2").returncode == 0
    assert run(*doctor).returncode == 0, "what was known of other codes still is"
    shown = run("doctor", bookshop, "--recording", kept, "--select", "HC7").stdout
    assert "Nothing new found." in shown and "not asked for" in shown


@KIT
def test_sarif_is_written_beside_the_report(
    run: Run, kept: Path, bookshop: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a b.sarif"
    done = run("doctor", bookshop, "--recording", kept, "--json", "--sarif", path)
    log, answer = json.loads(path.read_bytes()), json.loads(done.stdout)
    assert done.returncode == 1 and problems(log) == []
    results = log["runs"][0]["results"]
    assert [one["ruleId"] for one in results] == [one["code"] for one in answer["findings"]]
    notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert len(notes) == len(answer["notes"])
    (author,) = [one for one in results if one["properties"]["lookup"] == "author"]
    region = author["locations"][0]["physicalLocation"]["region"]
    line = (bookshop / "books/views.py").read_text().splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 :].startswith("Book.objects")


def test_a_changed_source_is_said_to_be_stale(run: Run, kept: Path, tmp_path: Path) -> None:
    done = run("doctor", tmp_path, "--recording", kept)
    told = " ".join(done.stdout.split())
    assert "changed since it was recorded" in told
    assert "they were not looked for again: DJANGO_SETTINGS_MODULE is not set" in told


def test_all_describes_everything(run: Run, kept: Path, bookshop: Path) -> None:
    short = run("doctor", bookshop, "--recording", kept).stdout
    full = run("doctor", bookshop, "--recording", kept, "--all").stdout
    assert len(full) >= len(short)
    assert "reviews__by" in full and "templates/book.html" in full


def on_terminal(kept: Path, bookshop: Path, columns: int, **more: str) -> str:
    """What is shown on a terminal of that width."""
    reader, writer = pty.openpty()
    environ = environment(COLUMNS=str(columns), TERM="xterm-256color", **more)
    with subprocess.Popen(
        [sys.executable, "-m", "hotclub", "doctor", str(bookshop), "--recording", str(kept)],
        env=environ, stdout=writer, stderr=writer, stdin=subprocess.DEVNULL,
    ):  # fmt: skip
        os.close(writer)
        shown = b""
        while True:
            try:
                chunk = os.read(reader, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not chunk:
                break
            shown += chunk
    os.close(reader)
    return shown.decode()


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_it_fits_the_terminal(kept: Path, bookshop: Path, columns: int) -> None:
    shown = on_terminal(kept, bookshop, columns, NO_COLOR="1")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    lines = plain.splitlines()
    assert max(map(len, lines)) <= columns
    assert "HC101" in plain and "author" in plain


def test_colour_and_no_colour(kept: Path, bookshop: Path) -> None:
    colour = re.compile(r"\x1b\[(?:\d+;)*3[0-7]")
    assert colour.search(on_terminal(kept, bookshop, 100))
    assert not colour.search(on_terminal(kept, bookshop, 100, NO_COLOR="1"))


def test_output_that_cannot_show_every_character(run: Run, kept: Path, bookshop: Path) -> None:
    done = run("doctor", bookshop, "--recording", kept, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 1, done.stderr
    assert "HC101" in done.stdout


def test_a_reader_that_goes_away(kept: Path, bookshop: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "hotclub", "doctor", str(bookshop), "--recording", str(kept)],
        env=environment(), stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writer)
    assert done.returncode
    assert all(line.startswith("hotclub: ") for line in done.stderr.splitlines()), "progress only"
    assert "ipe" not in done.stderr


def test_interrupted(bookshop: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "hotclub", "doctor", str(bookshop)],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = ""
        while "visiting" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in rest and "Traceback" not in rest and out == ""


def test_manage_py_presets_project_and_interpreter(bookshop: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(bookshop / "manage.py"), "hotclub", "doctor", "--json", *LIMITS],
        cwd=tmp_path, env=environment(XDG_CACHE_HOME=str(tmp_path)), capture_output=True,
        text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["project"] == str(bookshop)


def test_manage_py_hands_on_every_option(bookshop: Path) -> None:
    assert "doctor" in run_manage(bookshop, "hotclub", "--help").stdout
    assert run_manage(bookshop, "hotclub", "--version").stdout.startswith("hotclub ")
