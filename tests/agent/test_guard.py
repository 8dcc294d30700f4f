"""The guard and connections: both layers, in child processes, against servers that listen."""

from __future__ import annotations

import socket

import pytest
from guarded import LAYERS, Workspace

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
