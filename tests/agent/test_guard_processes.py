"""The guard where Python is not alone: C, other programs, threads, children; and its log."""

from __future__ import annotations

import json
import shutil

import pytest
from guarded import Workspace


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
