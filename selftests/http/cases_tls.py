# SPDX-License-Identifier: BSD-2-Clause
"""TLS as a client sees it: ALPN, names, records, other programs."""
import contextlib
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess

from serve_check import PATIENCE, Skip, check, equal, true, wait_for
from serve_client import Connection, connect
from serve_server import PATH, Server
from serve_world import WORLD


@check
def alpn():
    with connect(alpn=["h2", "http/1.1"]) as c:
        equal(c.tls.selected_alpn_protocol(), "http/1.1")
        equal(c.get().status, 200)
    with connect() as c:
        equal(c.tls.selected_alpn_protocol(), None)
    try:
        connect(alpn=["h2"]).close()
    except ssl.SSLError:
        pass
    else:
        raise AssertionError("h2 alone was not refused")


@check
def certificates_by_name():
    with Server(WORLD, "--certificate", f"{WORLD.certs}/second.pem",
                "--key", f"{WORLD.certs}/second.key") as s:
        for name in ("localhost", "second.example"):
            with Connection(s.port, name=name) as c:
                equal(c.get().status, 200, name)


@check
def the_record_path_is_told_once_and_logged():
    with Server(WORLD) as s:
        for _ in range(4):
            with Connection(s.port) as c:
                equal(c.get().status, 200)
        s.expect("records are made by")
        equal(sum("records are made by" in x for x in s.lines), 1)
        wait_for(lambda: len(s.access_log()) == 4, "four lines in the log")
        for line in s.access_log():
            true(not PATH or line.endswith(f" {PATH}"), line)


@check
def the_key_log_is_written_and_private():
    path = f"{WORLD.folder}/keys"
    with Server(WORLD, "--keylog", path) as s, Connection(s.port) as c:
        equal(c.get().status, 200)
        with open(path, encoding="ascii") as f:
            text = f.read()
        for label in ("CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"):
            true(re.search(rf"^{label} [0-9a-f]{{64}} [0-9a-f]{{64,96}}$", text, re.M), label)
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o600)


@check
def head_and_file_share_a_record():
    if PATH not in ("kseal", "tls"):
        raise Skip("in userspace a record is sealed by each call")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(WORLD.ca)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.closing(socket.create_connection(("127.0.0.1", WORLD.server.port))) as s:
        s.settimeout(PATIENCE)

        def read():
            """What the call gives, and the bytes that came for it."""
            came = b""
            while True:
                try:
                    return tls.read(1 << 16), came
                except ssl.SSLWantReadError:
                    part = s.recv(1 << 16)
                    came += part
                    incoming.write(part)

        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                s.sendall(outgoing.read())
                incoming.write(s.recv(1 << 16))
        tls.write(b"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        s.sendall(outgoing.read())
        text, came = read()
        true(text.endswith(b"\r\n\r\nHello\n"), text)
        equal(came[0], 23, "content type")
        equal(len(came), 5 + int.from_bytes(came[3:5], "big"), "one record")


@check
def curl():
    if not shutil.which("curl"):
        raise Skip("curl is not installed")
    base = ["curl", "--silent", "--show-error", "--fail", "--cacert", WORLD.ca,
            "--connect-to", f"localhost:443:127.0.0.1:{WORLD.server.port}"]
    out = f"{WORLD.folder}/curl"
    subprocess.run([*base, "-o", out, "https://localhost/large"], check=True, timeout=PATIENCE)
    equal(subprocess.run(["cmp", out, WORLD.large], check=False).returncode, 0)
    os.truncate(out, 1234567)
    subprocess.run([*base, "-C", "-", "-o", out, "https://localhost/large"], check=True,
                   timeout=PATIENCE)
    equal(subprocess.run(["cmp", out, WORLD.large], check=False).returncode, 0)
    os.unlink(out)
    done = subprocess.run([*base, "-L", "https://localhost/with-index"], check=True,
                          capture_output=True, timeout=PATIENCE)
    equal(done.stdout, b"<p>index\n")
    done = subprocess.run([*base, "-X", "POST", "-d", "x=y", "https://localhost/"], check=False,
                          capture_output=True, timeout=PATIENCE)
    true(b"405" in done.stderr, done.stderr)


@check
def openssl_s_client():
    done = subprocess.run(
        ["openssl", "s_client", "-quiet", "-CAfile", WORLD.ca, "-verify_return_error",
         "-servername", "localhost", "-connect", f"127.0.0.1:{WORLD.server.port}"],
        input=b"GET /hello.txt HTTP/1.0\r\n\r\n", capture_output=True, check=False,
        timeout=PATIENCE)
    true(done.stdout.endswith(b"\r\n\r\nHello\n"), done)
