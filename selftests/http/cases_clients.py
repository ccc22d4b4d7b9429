# SPDX-License-Identifier: BSD-2-Clause
"""Clients that misbehave, disappear, crowd or dawdle."""
import concurrent.futures
import contextlib
import hashlib
import os
import socket
import ssl

from serve_check import PATIENCE, check, equal, true
from serve_client import connect, still_serves
from serve_world import WORLD


@check
def garbage_on_the_port():
    for data in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", os.urandom(1000), b"\x16\x03\x01\xff\xff",
                 b"\x16\x03\x01\x00\x00", b"\0" * 5000, b"\x80\x2e\x01\x03\x01"):
        with contextlib.closing(socket.create_connection(("127.0.0.1", WORLD.server.port))) as s:
            s.settimeout(PATIENCE)
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            try:
                while s.recv(4096):
                    pass
            except ConnectionError:
                pass
    still_serves()


@check
def half_a_handshake():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(incoming, outgoing,
                                                           server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = outgoing.read()
    held = []
    for cut in (0, 1, 5, 6, len(hello) // 2, len(hello) - 1, len(hello)):
        s = socket.create_connection(("127.0.0.1", WORLD.server.port))
        s.sendall(hello[:cut])
        held.append(s)
    still_serves()
    for s in held:
        s.close()
    still_serves()


@check
def clients_that_disappear():
    for how in range(30):
        c = connect(buffer=8192)
        c.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        if how % 3:
            c.more()
        if how % 2:
            c.tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        c.close()
    still_serves()


@check
def a_client_without_tls_1_3():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(WORLD.ca)
    with contextlib.closing(socket.create_connection(("127.0.0.1", WORLD.server.port))) as s:
        try:
            context.wrap_socket(s, server_hostname="localhost")
        except ssl.SSLError as e:
            true("ALERT" in e.reason, e.reason)
        else:
            raise AssertionError("the handshake succeeded")
    still_serves()


@check
def two_hundred_connections_at_once():
    wanted = WORLD.read("size/100000")
    with contextlib.ExitStack() as stack:
        all_of_them = [stack.enter_context(connect()) for _ in range(200)]
        for c in all_of_them:
            c.send("GET /size/100000 HTTP/1.1\r\nHost: a\r\n\r\n")
        for c in all_of_them:
            true(c.response().body == wanted, "bytes differ")
        for c in reversed(all_of_them):
            equal(c.get().status, 200)


@check
def many_downloads_in_parallel():
    with open(WORLD.large, "rb") as f:
        wanted = hashlib.file_digest(f, "sha256").digest()

    def fetch(n):
        with connect(buffer=[4096, 65536, None][n % 3]) as c:
            return hashlib.sha256(c.get("/large").body).digest()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for digest in pool.map(fetch, range(4)):
            true(digest == wanted, "bytes differ")


@check
def a_slow_reader_gets_everything():
    with open(WORLD.large, "rb") as f:
        f.seek(4 << 20)
        wanted = f.read(4 << 20)
    with connect(buffer=2048) as c:
        c.send(f"GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes={4 << 20}-{(8 << 20) - 1}\r\n\r\n")
        while b"\r\n\r\n" not in c.buffer:
            c.more()
        still_serves()
        got = c.buffer.split(b"\r\n\r\n", 1)[1]
        while len(got) < len(wanted):
            data = c.tls.recv(1500)
            true(data, "the end came early")
            got += data
        true(got == wanted, "bytes differ")
