# SPDX-License-Identifier: BSD-2-Clause
"""Parts of files (RFC 9110 14)."""
from serve_check import check, equal, true
from serve_client import connect, get
from serve_world import LARGE, WORLD


@check
def ranges():
    cases = [
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=2-5", 206, b"2345", "bytes 2-5/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-30", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=5-500", 206, b"56789", "bytes 5-9/10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=x", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=-0", 416, None, "bytes */10"),
        ("bytes=99999999999999999999-", 416, None, "bytes */10"),
    ]
    with connect() as c:
        for value, status, body, content_range in cases:
            r = c.get("/digits", fields=[f"Range: {value}"])
            equal((r.status, r["content-range"]), (status, content_range), value)
            if body is not None:
                equal(r.body, body, value)


@check
def a_range_of_an_empty_file():
    r = get("/size/0", fields=["Range: bytes=0-"])
    equal((r.status, r["content-range"]), (416, "bytes */0"))


@check
def two_range_fields_are_none():
    equal(get("/digits", fields=["Range: bytes=0-0", "Range: bytes=1-1"]).status, 200)


@check
def ranges_of_a_large_file():
    with open(WORLD.large, "rb") as f, connect() as c:
        for first, last in ((0, 99999), (4 << 20, (8 << 20) - 1), (LARGE - 5, 1 << 40),
                            (16383, 16385), (65535, 70000)):
            r = c.get("/large", fields=[f"Range: bytes={first}-{last}"])
            f.seek(first)
            wanted = f.read(min(last - first + 1, LARGE))
            equal(r.status, 206)
            true(r.body == wanted, f"{first}-{last}")


@check
def if_range():
    with connect() as c:
        whole = c.get("/digits")
        cases = [(whole["etag"], 206), (whole["last-modified"], 206), ('"other"', 200),
                 ("W/" + whole["etag"], 200), ("Tue, 14 Nov 2023 22:13:21 GMT", 200),
                 ("x", 200)]
        for value, status in cases:
            r = c.get("/digits", fields=["Range: bytes=1-1", f"If-Range: {value}"])
            equal(r.status, status, value)
