# SPDX-License-Identifier: BSD-2-Clause
"""Time-outs: each stage of a connection ends when nothing comes."""
import contextlib
import socket
import ssl
import time

from serve_check import PATIENCE, check, equal, wait_for
from serve_client import Connection
from serve_process import open_files
from serve_server import Server
from serve_world import WORLD


def quick_server(*times):
    """One with these time-outs, and the defaults for all others."""
    return Server(WORLD, *(x for t in times for x in ("--timeout", t)))


@check
def a_slow_header_is_408():
    with quick_server("header=1") as s, Connection(s.port) as c:
        c.send("GET /hello.txt HTTP/1.1\r\nHost: a\r\n")
        r = c.response()
        equal((r.status, r["connection"]), (408, "close"))
        c.closed()


@check
def a_header_that_drips_is_408():
    with quick_server("header=1") as s, Connection(s.port) as c:
        c.send("GET /hello.txt HTTP/1.1\r\nHost: a\r\n")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            c.send("X: y\r\n")
            c.tls.settimeout(0.05)
            try:
                c.more()
                break
            except TimeoutError:
                pass
        c.tls.settimeout(PATIENCE)
        equal(c.response().status, 408)


@check
def a_body_that_does_not_come_is_408():
    with quick_server("header=1") as s, Connection(s.port) as c:
        c.send("GET /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc")
        equal(c.response().status, 408)


@check
def an_idle_connection_is_closed_with_close_notify():
    with quick_server("idle=1") as s:
        with Connection(s.port) as c:
            c.closed()
        with Connection(s.port) as c:
            equal(c.get().status, 200)
            c.closed()


@check
def a_handshake_that_stops_is_ended():
    with quick_server("handshake=1") as s:
        with contextlib.closing(socket.create_connection(("127.0.0.1", s.port))) as c:
            c.settimeout(PATIENCE)
            c.sendall(b"\x16\x03\x01")
            try:
                equal(c.recv(1), b"")
            except ConnectionError:
                pass


@check
def a_reader_that_stops_is_ended():
    with quick_server("send=1") as s, Connection(s.port, buffer=2048) as c:
        c.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_for(lambda: any("GET /large" in x for x in s.access_log()), "the end in the log")
        try:
            c.response()
        except (OSError, ssl.SSLError, EOFError):
            pass
        else:
            raise AssertionError("all of it came")
        with Connection(s.port) as other:
            equal(other.get().status, 200)


@check
def a_lingering_client_is_left():
    with quick_server("linger=1") as s, Connection(s.port) as c:
        equal(c.get(fields=["Connection: close"]).status, 200)

        def sockets():
            return sum(target.startswith("socket:")
                       for p in s.workers() for target in open_files(p).values())
        wait_for(lambda: sockets() == 2, "only the listening sockets are left")
