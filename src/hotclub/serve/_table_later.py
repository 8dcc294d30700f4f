"""The table's sections on what hotclub does not do: they say so, and what to do instead."""

from __future__ import annotations

from typing import Any

from hotclub.serve import _checks as check
from hotclub.serve._setting import Check, Setting, group

TLS = "TLS comes in a later version; until then let a proxy in front end it"
H2 = "HTTP/2 comes in a later version; a proxy in front speaks it with browsers"
ASGI = "ASGI comes in a later version; until then an ASGI application needs another server"
PASTE = "PasteDeploy files are not read; pass module:attribute"
DIRTY = "there are no such workers; long work belongs in a task queue"
CONTROL = "there is no control socket; use signals, --admin and «hotclub top»"


def _none(name: str, why: str, default: Any, *cli: str, what: str, takes: str = "value") -> Setting:
    kind: Check = check.boolean if takes == "nothing" else check.anything
    return Setting(
        name, cli, kind, default, "refused", what, why, takes=takes,  # type: ignore[arg-type]
        meta="" if takes == "nothing" else "VALUE",
    )  # fmt: skip


SECURE = group(
    "TLS",
    _none("keyfile", TLS, None, "--keyfile", what="the private key"),
    _none("certfile", TLS, None, "--certfile", what="the certificate"),
    _none("ssl_version", TLS, None, "--ssl-version", what="the version of TLS"),
    _none("cert_reqs", TLS, 0, "--cert-reqs", what="client certificates"),
    _none("ca_certs", TLS, None, "--ca-certs", what="authorities"),
    _none(
        "suppress_ragged_eofs", TLS, True, "--suppress-ragged-eofs", what="ends without close",
        takes="nothing",
    ),
    _none(
        "do_handshake_on_connect", TLS, False, "--do-handshake-on-connect", what="when to shake",
        takes="nothing",
    ),
    _none("ciphers", TLS, None, "--ciphers", what="cipher suites"),
    Setting(
        "ssl_context", (), check.hook(2), None, "different", "a hook that makes the context",
        f"never called: {TLS}",
    ),
)  # fmt: skip

PROTOCOLS = group(
    "Other protocols",
    _none("protocol", "HTTP is spoken here, not uwsgi", "http", "--protocol", what="http or uwsgi"),
    _none(
        "uwsgi_allow_ips", "uwsgi is not spoken here", ("127.0.0.1", "::1"), "--uwsgi-allow-from",
        what="peers that may speak uwsgi",
    ),
    _none("http_protocols", H2, "h1", "--http-protocols", what="h1, h2"),
    _none("http2_cleartext", H2, "off", "--http2-cleartext", what="HTTP/2 without TLS"),
    _none(
        "http2_max_concurrent_streams", H2, 100, "--http2-max-concurrent-streams", what="streams"
    ),
    _none("http2_initial_window_size", H2, 65535, "--http2-initial-window-size", what="window"),
    _none("http2_max_frame_size", H2, 16384, "--http2-max-frame-size", what="frame"),
    _none("http2_max_header_list_size", H2, 65536, "--http2-max-header-list-size", what="headers"),
    _none("asgi_loop", ASGI, "auto", "--asgi-loop", what="the event loop"),
    _none("asgi_lifespan", ASGI, "auto", "--asgi-lifespan", what="the lifespan protocol"),
    _none(
        "asgi_disconnect_grace_period", ASGI, 3, "--asgi-disconnect-grace-period",
        what="after a disconnect",
    ),
    _none(
        "websocket_max_message_size", ASGI, 16777216, "--websocket-max-message-size",
        what="a message",
    ),
    _none("root_path", ASGI, "", "--root-path", what="where an ASGI application is mounted"),
    Setting(
        "http_parser", ("--http-parser",), check.text, "auto", "different",
        "accepted, without effect", "there is one parser, in C", meta="PARSER",
    ),
)  # fmt: skip

ELSEWHERE = group(
    "Not here",
    _none(
        "spew", "it prints every line that is run; use a debugger", False, "--spew",
        what="trace every line", takes="nothing",
    ),
    _none("paste", PASTE, None, "--paste", "--paster", what="a PasteDeploy file"),
    _none("raw_paste_global_conf", PASTE, (), "--paste-global", what="its variables"),
    _none("dirty_apps", DIRTY, (), "--dirty-app", what="applications for long work"),
    _none("dirty_workers", DIRTY, 0, "--dirty-workers", what="workers for them"),
    _none("dirty_timeout", DIRTY, 300, "--dirty-timeout", what="their time"),
    _none("dirty_threads", DIRTY, 1, "--dirty-threads", what="their threads"),
    _none("dirty_graceful_timeout", DIRTY, 30, "--dirty-graceful-timeout", what="their end"),
    _none("on_dirty_starting", DIRTY, None, what="a hook"),
    _none("dirty_post_fork", DIRTY, None, what="a hook"),
    _none("dirty_worker_init", DIRTY, None, what="a hook"),
    _none("dirty_worker_exit", DIRTY, None, what="a hook"),
    _none("control_socket", CONTROL, None, "--control-socket", what="a socket for commands"),
    _none("control_socket_mode", CONTROL, 0o600, "--control-socket-mode", what="its mode"),
    Setting(
        "control_socket_disable", ("--no-control-socket",), check.boolean, False, "different",
        "accepted, without effect", "there is none to switch off", takes="nothing",
    ),
)  # fmt: skip
