"""Server.expire: an answer for clients whose view takes too long."""

from __future__ import annotations

import time

from serving import until

APPLICATION = """
import os, time
from hotclub import _native

def application(environ, start_response):
    if environ["PATH_INFO"] == "/expire":
        server = next(o for o in __import__("gc").get_objects() if type(o) is _native.Server)
        start_response("200 OK", [])
        return [str(server.expire(float(environ["QUERY_STRING"]))).encode()]
    if environ["PATH_INFO"] == "/begun":
        write = start_response("200 OK", [])
        write(b"begun, ")
    open(environ["PATH_INFO"][1:], "w").close()
    while not os.path.exists("go"):
        time.sleep(0.01)
    if environ["PATH_INFO"] != "/begun":
        start_response("200 OK", [])
    return [b"late"]
"""


def test_who_has_nothing_yet_gets_504(native, tmp_path) -> None:
    server = native(APPLICATION, threads=4)
    with server.client() as silent, server.client() as begun:
        silent.send(b"GET /silent HTTP/1.1\r\nHost: x\r\n\r\n")
        begun.send(b"GET /begun HTTP/1.1\r\nHost: x\r\n\r\n")
        until((tmp_path / "silent").exists)
        until((tmp_path / "begun").exists)
        assert server.get("/expire?60").body == b"0"
        time.sleep(0.3)
        assert server.get("/expire?0.2").body == b"2"
        response = silent.response()
        assert (response.status, response.headers["connection"]) == (504, "close")
        assert silent.closed()
        (tmp_path / "go").touch()
        assert begun.response().body == b"begun, late"
    until(lambda: server.get("/expire?0.2").body == b"0")
    assert server.log == ""
