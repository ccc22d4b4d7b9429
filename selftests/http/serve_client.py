# SPDX-License-Identifier: BSD-2-Clause
"""A client that sends any bytes and checks the form of every response."""
import os
import re
import socket
import ssl

from serve_check import PATIENCE, equal, true
from serve_world import WORLD

FIELDS_ALWAYS = ("date", "content-length", "content-type")


class Response:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def __getitem__(self, name):
        return self.fields.get(name)


class Connection:
    """A TLS connection that shows what exactly comes."""

    def __init__(self, port, ca=None, name="localhost", alpn=None,
                 address="127.0.0.1", buffer=None):
        raw_socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        raw_socket.settimeout(PATIENCE)
        raw_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if buffer:
            raw_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        raw_socket.connect((address, port))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(ca or WORLD.ca)
        # Python lets a bare FIN pass for close_notify; here the difference counts.
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        if alpn:
            context.set_alpn_protocols(alpn)
        self.tls = context.wrap_socket(raw_socket, server_hostname=name,
                                       suppress_ragged_eofs=False)
        self.buffer = b""

    def send(self, data):
        self.tls.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def more(self):
        data = self.tls.recv(1 << 16)
        if not data:
            raise EOFError("close_notify")
        self.buffer += data

    def response(self, head=False):
        """The next response; everything about its form is checked."""
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        top, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *lines = top.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [A-Z][A-Za-z ]+", first)
        true(match, f"status line {first!r}")
        fields = {}
        for line in lines:
            name, colon, value = line.partition(": ")
            true(colon and name.lower() not in fields, f"field {line!r}")
            fields[name.lower()] = value
        for name in FIELDS_ALWAYS:
            true(name in fields, f"{name} is missing")
        length = 0 if head else int(fields["content-length"])
        parts, have = [self.buffer], len(self.buffer)
        while have < length:
            data = self.tls.recv(1 << 18)
            if not data:
                raise EOFError("close_notify in a body")
            parts.append(data)
            have += len(data)
        data = b"".join(parts)
        self.buffer = data[length:]
        return Response(int(match.group(1)), fields, data[:length])

    def get(self, target="/hello.txt", method="GET", fields=(), host=True):
        lines = [f"{method} {target} HTTP/1.1"]
        lines += ["Host: localhost"] if host else []
        self.send("\r\n".join([*lines, *fields, "", ""]))
        return self.response(head=method == "HEAD")

    def closed(self):
        """The server closes, with close_notify, and nothing more comes."""
        equal(self.buffer, b"", "rest")
        equal(self.tls.recv(1), b"", "after the end")

    def end_stream(self):
        """FIN without close_notify."""
        with socket.socket(fileno=os.dup(self.tls.fileno())) as s:
            s.shutdown(socket.SHUT_WR)

    def close(self):
        self.tls.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def connect(**options):
    return Connection(WORLD.server.port, **options)


def get(target="/hello.txt", **options):
    with connect() as c:
        return c.get(target, **options)


def raw(text, head=False):
    """The response to these bytes, and whether the server closed after it."""
    with connect() as c:
        c.send(text)
        response = c.response(head)
        if response["connection"] == "close":
            c.closed()
        return response


def still_serves():
    equal(get().body, b"Hello\n", "another client")
