"""The guard and files: both layers, in child processes, beside files that are really there.

What is refused would work without the guard: `test_without_variables_nothing_is_refused`.
"""

from __future__ import annotations

import pytest
from guarded import LAYERS, Workspace

# What each would do outside, and what the log calls it and says about where.
CHANGES = {
    "open(O + '/file', 'w')": ("open", "file"),
    "open(O + '/file', 'a')": ("open", "file"),
    "open(O + '/file', 'r+')": ("open", "file"),
    "open(O + '/new', 'w')": ("open", "new"),
    "open(O + '/new', 'x')": ("open", "new"),
    "open('link/new', 'w')": ("open", "new"),
    "open('../outside/folder/../new', 'w')": ("open", "new"),
    "open('dangling', 'w')": ("open", "new"),
    "open('link/file', 'w')": ("open", "file"),
    "os.open(O + '/new', os.O_WRONLY | os.O_CREAT)": ("open", "new"),
    "os.open(O + '/file', os.O_RDONLY | os.O_TRUNC)": ("open", "file"),
    "os.mkdir(O + '/new')": ("mkdir", "new"),
    "os.makedirs(O + '/new/newer')": ("mkdir", "new"),
    "os.mkdir('new', dir_fd=os.open(O, os.O_RDONLY))": ("mkdir", "new"),
    "os.rmdir(O + '/folder')": ("rmdir", "folder"),
    "os.rmdir('link/folder/')": ("rmdir", "folder"),
    "os.remove(O + '/file')": ("unlink", "file"),
    "os.unlink('file', dir_fd=os.open(O, os.O_RDONLY))": ("unlink", "file"),
    "os.rename(O + '/file', 'moved')": ("rename", "file"),
    "os.rename('file', O + '/file')": ("rename", "file"),
    "os.rename('file', O + '/new')": ("rename", "new"),
    "os.replace('file', 'link/new')": ("rename", "new"),
    "os.link(O + '/file', 'linked')": ("link", "file"),
    "os.link('file', O + '/new')": ("link", "new"),
    "os.symlink('file', O + '/new')": ("symlink", "new"),
    "os.truncate(O + '/file', 0)": ("truncate", "file"),
    "os.chmod(O + '/file', 0o600)": ("chmod", "file"),
    "os.chmod('link', 0o700)": ("chmod", ""),
    "os.chmod(os.open(O + '/file', os.O_RDONLY), 0o600)": ("chmod", "file"),
    "os.chown(O + '/file', -1, -1)": ("chown", "file"),
    "os.utime(O + '/file')": ("utime", "file"),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_outside_changes(workspace: Workspace, layer: str) -> None:
    before = workspace.state()
    outcomes = workspace.each(layer, *CHANGES)
    assert dict(zip(CHANGES, outcomes, strict=True)) == dict.fromkeys(CHANGES, "PermissionError 13")
    assert workspace.state() == before
    expected = [("file", what, str(workspace.outside / name)) for what, name in CHANGES.values()]
    assert workspace.refusals() == expected


@pytest.mark.parametrize("code", CHANGES)
def test_without_variables_nothing_is_refused(workspace: Workspace, code: str) -> None:
    """So each line of the table above is a change that the guard, and nothing else, prevents."""
    if "rmdir" in code and "link/" in code:
        code = code.replace("link/folder/", "link/folder")
    assert workspace.python("preload", code, allow=None, write=False) == "done"
    assert workspace.refusals() == []


@pytest.mark.parametrize("layer", LAYERS)
def test_inside_everything_works(workspace: Workspace, layer: str) -> None:
    code = """
    import sqlite3, tempfile
    I = os.environ["I"]
    open(I + "/new", "w").close(); open("newer", "x").close(); os.rename("newer", "newest")
    os.makedirs("a/b/c"); os.rmdir("a/b/c"); os.link("new", "linked"); os.symlink("/", "root")
    os.truncate("new", 3); os.chmod("new", 0o600); os.utime("new"); os.remove("new")
    tempfile.NamedTemporaryFile(dir=I).close()
    sqlite3.connect(I + "/db").execute("CREATE TABLE t (a)")
    open("/dev/null", "w").write("x"); open("/proc/self/comm", "w").write("x")
    """
    assert workspace.python(layer, code) == "done"
    assert workspace.refusals() == []


@pytest.mark.parametrize("layer", LAYERS)
def test_what_changes_nothing_gets_the_systems_own_answer(workspace: Workspace, layer: str) -> None:
    expected = {
        "os.mkdir(O + '/folder')": "FileExistsError 17",
        "os.makedirs(O + '/folder', exist_ok=True)": "done",
        "open(O + '/file', 'x')": "FileExistsError 17",
        "os.remove(O + '/none')": "FileNotFoundError 2",
        "open(O + '/none/new', 'w')": "FileNotFoundError 2",
        "open(O + '/none', 'r+')": "FileNotFoundError 2",
        "os.chmod(O + '/none', 0o600)": "FileNotFoundError 2",
        "open(O + '/file').read()": "done",
        "os.listdir(O)": "done",
    }
    assert workspace.each(layer, *expected) == list(expected.values())
    assert workspace.refusals() == []


def test_sqlite_reads_but_does_not_write_outside(workspace: Workspace) -> None:
    import sqlite3

    path = workspace.outside / "db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    before = workspace.state()
    code = """
    import sqlite3
    connection = sqlite3.connect({})
    connection.execute("SELECT * FROM t").fetchall()
    try:
        connection.execute("INSERT INTO t VALUES (1)")
    except sqlite3.OperationalError as error:
        assert "readonly" in str(error)
    else:
        raise AssertionError
    """
    assert workspace.python("both", code.format(repr(str(path)))) == "done"
    read_only = f"'file:{path}?mode=ro', uri=True"
    assert workspace.python("audit", code.format(read_only)) == "done"
    assert workspace.python("audit", code.format(repr(str(path)))) == "PermissionError 13"
    assert workspace.state() == before
