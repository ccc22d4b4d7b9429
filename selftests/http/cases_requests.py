# SPDX-License-Identifier: BSD-2-Clause
"""Requests, good and bad, and the connection that carries them."""
from serve_check import check, equal, true
from serve_client import connect, raw
from serve_world import WORLD


@check
def keep_alive():
    with connect() as c:
        for _ in range(50):
            r = c.get()
            equal((r.status, r["connection"]), (200, None))


@check
def connection_close():
    with connect() as c:
        r = c.get(fields=["Connection: close"])
        equal((r.status, r["connection"]), (200, "close"))
        c.closed()


@check
def http_1_0():
    r = raw("GET /hello.txt HTTP/1.0\r\n\r\n")
    equal((r.status, r["connection"], r.body), (200, "close", b"Hello\n"))
    with connect() as c:
        for _ in range(3):
            c.send("GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            r = c.response()
            equal((r.status, r["connection"]), (200, "keep-alive"))


@check
def pipelining_keeps_the_order():
    targets = ["/hello.txt", "/size/100000", "/nothing", "/digits", "/size/0", "/plain",
               "/size/16384"] * 30
    with connect() as c:
        c.send("".join(f"GET {t} HTTP/1.1\r\nHost: a\r\n\r\n" for t in targets))
        for target in targets:
            r = c.response()
            wanted = {"/nothing": 404, "/plain": 301}.get(target, 200)
            equal(r.status, wanted, target)
            if wanted == 200:
                true(r.body == WORLD.read(target[1:]), target)
        equal(c.get().status, 200)


@check
def requests_byte_by_byte():
    with connect() as c:
        for byte in b"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n":
            c.send(bytes([byte]))
        equal(c.response().status, 200)


@check
def blank_lines_before_a_request():
    equal(raw("\r\n\r\nGET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n").status, 200)


@check
def absolute_form():
    with connect() as c:
        equal(c.get("https://localhost/hello.txt").body, b"Hello\n")
        equal(c.get("http://localhost/hello.txt").status, 400)


@check
def a_connection_has_a_thousand_requests():
    text = "HEAD /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
    with connect() as c:
        for n in range(10):
            c.send(text * 100)
            for i in range(100):
                r = c.response(head=True)
                last = n == 9 and i == 99
                equal(r["connection"], "close" if last else None, f"{n * 100 + i}")
        c.closed()


@check
def other_methods():
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        with connect() as c:
            r = c.get(method=method)
            equal((r.status, r["allow"]), (405, "GET, HEAD"), method)
            equal(c.get().status, 200, f"after {method}")
    r = raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde")
    equal((r.status, r["connection"]), (405, "close"))
    equal(raw("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n").status, 405)
    equal(raw("FROB / HTTP/1.1\r\nHost: a\r\n\r\n").status, 501)


@check
def bad_requests_are_refused_and_closed():
    get_line = "GET /hello.txt HTTP/1.1\r\n"
    cases = [
        ("no host", get_line + "\r\n", 400),
        ("two hosts", get_line + "Host: a\r\nHost: a\r\n\r\n", 400),
        ("empty host", get_line + "Host:\r\n\r\n", 400),
        ("bad host", get_line + "Host: a b\r\n\r\n", 400),
        ("both lengths", get_line + "Host: a\r\nContent-Length: 3\r\n"
         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("both lengths, turned", get_line + "Host: a\r\nTransfer-Encoding: chunked\r\n"
         "Content-Length: 3\r\n\r\n0\r\n\r\n", 400),
        ("two lengths", get_line + "Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
         400),
        ("unknown coding", get_line + "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("folded line", get_line + "Host: a\r\nX: a\r\n b\r\n\r\n", 400),
        ("bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400),
        ("space before colon", get_line + "Host : a\r\n\r\n", 400),
        ("NUL in a field", get_line + "Host: a\r\nX: \0\r\n\r\n", 400),
        ("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("control in the target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("no version", "GET /\r\n\r\n", 400),
        ("version 2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("garbage", "\x80\x81\x82\r\n\r\n", 400),
        ("expectation", get_line + "Host: a\r\nExpect: tea\r\n\r\n", 417),
        ("long target", "GET /" + "a" * 8192 + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ("endless target", "GET /" + "a" * 100000, 414),
        ("long field", get_line + "Host: a\r\nX: " + "a" * 16384 + "\r\n\r\n", 431),
        ("endless field", get_line + "Host: a\r\nX: " + "a" * 200000, 431),
        ("many fields", get_line + "Host: a\r\n" + "X: y\r\n" * 100 + "\r\n", 431),
        ("long body", get_line + "Host: a\r\nContent-Length: 65537\r\n\r\n", 413),
        ("endless chunks", get_line + "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
         "400\r\n" + "a" * 1024 + "\r\n" + ("400\r\n" + "a" * 1024 + "\r\n") * 100, 413),
    ]
    for name, text, status in cases:
        r = raw(text)
        equal((r.status, r["connection"]), (status, "close"), name)


@check
def a_body_of_a_get_is_passed_over():
    with connect() as c:
        c.send("GET /digits HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")
        c.send(b"x" * 60000)
        equal(c.response().body, b"0123456789")
        c.send("GET /digits HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
               "5\r\nGET /\r\n0\r\nHost: evil\r\n\r\n")
        equal(c.response().body, b"0123456789")
        equal(c.get().status, 200)


@check
def an_expected_continue_ends_in_the_answer():
    r = raw("GET /digits HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            "Content-Length: 5\r\n\r\n")
    equal((r.status, r["connection"], r.body), (200, "close", b"0123456789"))


@check
def the_last_response_is_not_reset_away():
    """The client still sends when the server has closed (RFC 9112 9.6)."""
    for _ in range(5):
        with connect() as c:
            c.send("POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n")
            c.send(b"x" * 500000)
            r = c.response()
            equal((r.status, r["connection"]), (405, "close"))
            c.closed()


@check
def a_client_that_closes_its_side_gets_its_answer():
    with connect() as c:
        # The kernel takes over only a connection that is open both ways.
        equal(c.get().status, 200)
        c.send("GET /size/5242880 HTTP/1.1\r\nHost: a\r\n\r\n")
        c.end_stream()
        equal(len(c.response().body), 5 << 20)
