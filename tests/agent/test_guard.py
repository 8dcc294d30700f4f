"""Both layers of the guard, in child processes, against servers and files that are really there.

Everything refused here would work without the guard: `test_without_variables_nothing_is_refused`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hotclub

PACKAGE = Path(hotclub.__file__).parent
LIBRARY = PACKAGE / "libhotclub_guard.so"
LAYERS = ("preload", "audit", "both")

INSTALL = "from hotclub.agent import _guard; assert _guard.install()\n"
# Says for each piece of code on a line how it ended: well, or with an error of the system.
RUN = """
import os, socket, sys
O = os.environ["O"]
for code in sys.argv[1:]:
    try:
        exec(compile(code, "<project>", "exec"))
        print("done")
    except OSError as error:
        print(type(error).__name__, error.errno)
"""


class Workspace:
    """A folder that may be written, one that may not, and children that are to respect that."""

    def __init__(self, path: Path) -> None:
        self.inside = path / "inside"
        self.outside = path / "outside"
        self.log = path / "guard.log"
        for folder in (self.inside, self.outside):
            (folder / "folder").mkdir(parents=True)
            (folder / "file").write_text("as it was")
        (self.inside / "link").symlink_to(self.outside)
        (self.inside / "dangling").symlink_to(self.outside / "new")

    def variables(self, allow: str | None = "", write: bool = True) -> dict[str, str]:
        made = {"HOTCLUB_GUARD_LOG": str(self.log)}
        if allow is not None:
            made["HOTCLUB_GUARD_ALLOW"] = allow
        if write:
            made["HOTCLUB_GUARD_WRITE"] = str(self.inside)
        return made

    def command(
        self, layer: str, *words: str, allow: str | None = "", write: bool = True
    ) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE.parent)}
        environ |= self.variables(allow, write)
        environ |= {"I": str(self.inside), "O": str(self.outside)}
        if layer in ("preload", "both"):
            assert LIBRARY.exists(), "make build"
            environ["LD_PRELOAD"] = str(LIBRARY)
        return subprocess.run(
            words, env=environ, cwd=self.inside, capture_output=True, text=True, timeout=60
        )

    def each(self, layer: str, *codes: str, **variables: Any) -> list[str]:
        """How each piece of code ends, all in one child."""
        start = (INSTALL if layer in ("audit", "both") else "") + RUN
        words = (sys.executable, "-c", start, *map(textwrap.dedent, codes))
        done = self.command(layer, *words, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def python(self, layer: str, code: str, **variables: Any) -> str:
        (outcome,) = self.each(layer, code, **variables)
        return outcome

    def refusals(self) -> list[tuple[str, str, str]]:
        if not self.log.exists():
            return []
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [(line["kind"], line["what"], line["where"]) for line in lines]

    def state(self) -> dict[str, tuple[int, int, int, bytes]]:
        """All that a change outside could change."""
        found = {}
        for path in sorted([self.outside, *self.outside.rglob("*")]):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_nlink, content)
        return found


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def port() -> Iterator[int]:
    """A server that says hello to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


CONNECT = "socket.create_connection(('127.0.0.1', {port})).close()"


@pytest.mark.parametrize("layer", LAYERS)
def test_a_connection_is_refused_and_logged(workspace: Workspace, port: int, layer: str) -> None:
    assert workspace.python(layer, CONNECT.format(port=port)) == "ConnectionRefusedError 111"
    assert workspace.refusals() == [("net", "connect", f"127.0.0.1:{port}")]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("number", ["{port}", "*"])
def test_an_allowed_address_works(
    workspace: Workspace, port: int, layer: str, host: str, number: str
) -> None:
    allow = f"10.1.1.1:80,{host}:{number.format(port=port)}"
    assert workspace.python(layer, CONNECT.format(port=port), allow=allow) == "done"
    assert workspace.refusals() == []


@pytest.mark.parametrize("layer", LAYERS)
def test_another_port_of_an_allowed_address_is_refused(
    workspace: Workspace, port: int, layer: str
) -> None:
    outcome = workspace.python(layer, CONNECT.format(port=port), allow=f"127.0.0.1:{port ^ 1}")
    assert outcome == "ConnectionRefusedError 111"


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("address", ["('::ffff:127.0.0.1', {port})", "('::', {port})"])
def test_other_spellings_of_an_address_are_refused_too(
    workspace: Workspace, port: int, layer: str, address: str
) -> None:
    code = f"socket.socket(socket.AF_INET6).connect({address.format(port=port)})"
    assert workspace.python(layer, code) == "ConnectionRefusedError 111"
    assert len(workspace.refusals()) == 1


@pytest.mark.parametrize("layer", LAYERS)
def test_the_unspecified_address_is_the_machine_itself(
    workspace: Workspace, port: int, layer: str
) -> None:
    code = f"socket.create_connection(('0.0.0.0', {port})).close()"
    assert workspace.python(layer, code, allow=f"127.0.0.1:{port}") == "done"


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    "send",
    [
        "s.sendto(b'x', ('127.0.0.1', {port}))",
        "s.sendmsg([b'x'], [], 0, ('127.0.0.1', {port}))",
        "s.connect(('127.0.0.1', {port}))",
    ],
)
def test_no_datagram_leaves(workspace: Workspace, layer: str, send: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        code = "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n" + send.format(port=port)
        assert workspace.python(layer, code) == "ConnectionRefusedError 111"
        receiver.setblocking(False)
        with pytest.raises(BlockingIOError):
            receiver.recv(1)
        assert workspace.python(layer, code, allow=f"127.0.0.1:{port}") == "done"


@pytest.mark.parametrize("layer", LAYERS)
def test_a_socket_file_outside_is_refused_unless_listed(workspace: Workspace, layer: str) -> None:
    code = "socket.socket(socket.AF_UNIX).connect(os.environ['{}'] + '/s')"
    with socket.socket(socket.AF_UNIX) as outside, socket.socket(socket.AF_UNIX) as inside:
        outside.bind(str(workspace.outside / "s"))
        outside.listen()
        inside.bind(str(workspace.inside / "s"))
        inside.listen()
        assert workspace.python(layer, code.format("O")) == "ConnectionRefusedError 111"
        path = f"unix:{workspace.outside}/s"
        assert workspace.refusals() == [("net", "connect", path)]
        assert workspace.python(layer, code.format("O"), allow=path) == "done"
        assert workspace.python(layer, code.format("I")) == "done"


@pytest.mark.parametrize("layer", LAYERS)
def test_what_stays_inside_the_process_is_let_alone(workspace: Workspace, layer: str) -> None:
    code = """
    import asyncio
    a, b = socket.socketpair()
    a.sendall(b"x"); assert b.recv(1) == b"x"
    asyncio.run(asyncio.sleep(0))
    socket.if_nameindex()  # asks the kernel through AF_NETLINK
    """
    assert workspace.python(layer, code) == "done"
    assert workspace.refusals() == []


@pytest.mark.parametrize("layer", LAYERS)
def test_no_name_is_looked_up(workspace: Workspace, layer: str) -> None:
    assert workspace.python(layer, "socket.getaddrinfo('api.example.com', 443)") == "gaierror -2"
    assert workspace.refusals() == [("net", "getaddrinfo", "api.example.com:443")]


@pytest.mark.parametrize("layer", LAYERS)
def test_every_way_to_look_up_a_name_is_closed(workspace: Workspace, layer: str) -> None:
    outcomes = {
        "socket.gethostbyname('api.example.com')": {"gaierror -2"},
        "socket.gethostbyname_ex('api.example.com')": {"gaierror -2", "herror 1"},
        "socket.gethostbyaddr('api.example.com')": {"gaierror -2", "herror 1"},
        "socket.gethostbyaddr('127.0.0.1')": {"herror 1"},
        "assert socket.getfqdn('127.0.0.1') == '127.0.0.1'": {"done"},
    }
    for outcome, expected in zip(workspace.each(layer, *outcomes), outcomes.values(), strict=True):
        assert outcome in expected


@pytest.mark.parametrize("layer", LAYERS)
def test_addresses_and_the_machine_itself_can_be_looked_up(
    workspace: Workspace, layer: str
) -> None:
    code = """
    for host in ("127.0.0.1", "::1", "localhost", None, socket.gethostname()):
        assert socket.getaddrinfo(host, 80)
    """
    assert workspace.python(layer, code) == "done"
    assert workspace.refusals() == []


@pytest.mark.parametrize("layer", LAYERS)
def test_an_allowed_name_allows_its_addresses(workspace: Workspace, layer: str) -> None:
    """The one name besides localhost that surely resolves without a question is our own."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]
        code = f"socket.create_connection((socket.gethostname(), {port})).close()"
        assert workspace.python(layer, code).startswith("ConnectionRefusedError")
        assert workspace.python(layer, code, allow=f"{socket.gethostname()}:{port}") == "done"


def test_the_message_is_plain(workspace: Workspace, port: int) -> None:
    code = """
    for address in ("10.1.2.3", "api.example.com"):
        try:
            socket.create_connection((address, 443))
        except OSError as error:
            assert f"hotclub: the workspace does not talk to {address}:443" in str(error)
        else:
            raise AssertionError
    try:
        open(os.environ["O"] + "/file", "w")
    except PermissionError as error:
        assert "hotclub: the workspace does not write outside itself" in str(error)
        assert error.filename == os.environ["O"] + "/file"
    """
    assert workspace.python("audit", code) == "done"


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


def test_the_library_guards_what_no_audit_hook_sees(workspace: Workspace, port: int) -> None:
    code = f"""
    import ctypes, struct
    libc = ctypes.CDLL(None, use_errno=True)
    O = os.environ["O"].encode()
    assert libc.open(O + b"/new", os.O_WRONLY | os.O_CREAT, 0o600) == -1
    assert ctypes.get_errno() == 13
    libc.fopen.restype = ctypes.c_void_p
    assert libc.fopen(O + b"/new", b"w") is None
    assert libc.mkstemp(ctypes.create_string_buffer(O + b"/XXXXXX")) == -1
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", {port}, b"\\x7f\\0\\0\\1")
    fd = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    assert libc.connect(fd, address, len(address)) == -1
    assert ctypes.get_errno() == 111
    assert libc.getaddrinfo(b"api.example.com", None, None, ctypes.byref(ctypes.c_void_p())) == -2
    """
    before = workspace.state()
    assert workspace.python("both", code) == "done"
    assert workspace.state() == before
    whats = [what for _, what, _ in workspace.refusals()]
    assert whats == ["open", "open", "mkstemp", "connect", "getaddrinfo"]


@pytest.mark.parametrize("command", ["echo x > $O/new", "rm -rf $O/folder", "cp file $O/new"])
def test_other_programs_are_guarded(workspace: Workspace, command: str) -> None:
    before = workspace.state()
    assert workspace.command("preload", "sh", "-c", command).returncode != 0
    assert workspace.state() == before
    assert len(workspace.refusals()) >= 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_is_guarded(workspace: Workspace, port: int) -> None:
    url = f"http://127.0.0.1:{port}/"
    assert workspace.command("preload", "curl", "-sS", url).returncode == 7
    assert workspace.command("preload", "curl", "-sS", "http://example.com/").returncode == 6
    assert [where for _, _, where in workspace.refusals()] == [
        f"127.0.0.1:{port}",
        "example.com:80",
    ]
    allowed = workspace.command("preload", "curl", "-sS", url, allow=f"127.0.0.1:{port}")
    assert allowed.stdout == "hello"


def test_children_and_threads_are_guarded_and_every_line_is_whole(
    workspace: Workspace, port: int
) -> None:
    code = f"""
    import threading
    def refused():
        for _ in range(50):
            try:
                socket.create_connection(("127.0.0.1", {port}))
            except ConnectionRefusedError:
                pass
            else:
                os._exit(1)
    def all_refused():
        threads = [threading.Thread(target=refused) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    child = os.fork()
    if child == 0:
        all_refused()
        os._exit(0)
    all_refused()
    assert os.waitpid(child, 0)[1] == 0
    """
    assert workspace.python("preload", code) == "done"
    lines = [json.loads(line) for line in workspace.log.read_text().splitlines()]
    assert len(lines) == 400
    assert len({line["pid"] for line in lines}) == 2
    assert {line["where"] for line in lines} == {f"127.0.0.1:{port}"}


def test_a_line_of_the_log(workspace: Workspace) -> None:
    name = 'a"b\\c\nd é'
    for layer in ("preload", "audit"):
        code = f"open(os.environ['O'] + '/' + {name!r}, 'w')"
        assert workspace.python(layer, code) == "PermissionError 13"
    first, second = map(json.loads, workspace.log.read_text().splitlines())
    assert (first.pop("layer"), second.pop("layer")) == ("preload", "audit")
    for line in (first, second):
        assert isinstance(line.pop("pid"), int)
        assert line.pop("time") > 1.7e9
        assert line == {
            "kind": "file",
            "what": "open",
            "where": f"{workspace.outside}/{name}",
        }
