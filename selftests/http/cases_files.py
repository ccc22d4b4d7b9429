# SPDX-License-Identifier: BSD-2-Clause
"""Files come whole and unchanged, with all their fields."""
import hashlib
import os
import re
import ssl
import urllib.parse

from serve_check import check, equal, true
from serve_client import connect, get, still_serves
from serve_world import LARGE, WORLD


@check
def a_file_with_all_its_fields():
    r = get()
    equal((r.status, r.body), (200, b"Hello\n"))
    equal(r["content-type"], "text/plain; charset=utf-8")
    equal(r["last-modified"], "Tue, 14 Nov 2023 22:13:20 GMT")
    equal(r["accept-ranges"], "bytes")
    true(re.fullmatch(r'"[0-9a-f-]+"', r["etag"]), r["etag"])
    true(re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", r["date"]),
         r["date"])


@check
def files_of_all_sizes_come_unchanged():
    with connect() as c:
        for size in WORLD.sizes:
            r = c.get(f"/size/{size}")
            equal(r.status, 200)
            equal(r["content-length"], str(size))
            true(r.body == WORLD.read(f"size/{size}"), f"{size} bytes differ")


@check
def a_large_file_comes_unchanged():
    with open(WORLD.large, "rb") as f:
        wanted = hashlib.file_digest(f, "sha256").digest()
    equal(hashlib.sha256(get("/large").body).digest(), wanted)


@check
def names_with_odd_characters():
    with connect() as c:
        for name in WORLD.odd[:-1]:
            r = c.get("/odd/" + urllib.parse.quote(name))
            equal((r.status, r.body), (200, name.encode()), name)


@check
def head_has_the_fields_of_get_and_no_body():
    with connect() as c:
        for target in ("/hello.txt", "/large", "/nothing", "/plain", "/with-index/"):
            head = c.get(target, method="HEAD")
            got = c.get(target)
            head.fields.pop("date"), got.fields.pop("date")
            equal((head.status, head.fields), (got.status, got.fields), target)


@check
def head_ignores_a_range():
    equal(get("/digits", method="HEAD", fields=["Range: bytes=0-1"]).status, 200)


@check
def a_modified_file_is_served_anew():
    with connect() as c:
        WORLD.write("changing", b"one")
        first = c.get("/changing")
        WORLD.write("changing", b"three", old=False)
        second = c.get("/changing")
        equal((first.body, second.body), (b"one", b"three"))
        true(first["etag"] != second["etag"], "the tag is the same")
        true(second["etag"].startswith("W/"), "the tag of a file in motion is strong")


@check
def a_file_that_shrinks_is_not_passed_off_as_whole():
    path = WORLD.write("shrinking", bytes(LARGE))
    with connect(buffer=8192) as c:
        c.send("GET /shrinking HTTP/1.1\r\nHost: a\r\n\r\n")
        c.more()
        os.truncate(path, 1000)
        try:
            c.response()
        except (ssl.SSLError, OSError):
            pass
        else:
            raise AssertionError("a whole response came")
    WORLD.server.expect("/shrinking became shorter")
    os.unlink(path)
    still_serves()


@check
def a_file_that_grows_is_sent_as_long_as_it_was():
    path = WORLD.write("growing", bytes(8 << 20))
    with connect(buffer=8192) as c:
        c.send("GET /growing HTTP/1.1\r\nHost: a\r\n\r\n")
        c.more()
        with open(path, "ab") as f:
            f.write(b"x" * 100000)
        equal(c.response().body, bytes(8 << 20))
        equal(c.get().status, 200)
    os.unlink(path)


@check
def a_deleted_file_is_sent_to_its_end():
    path = WORLD.write("deleted", bytes(8 << 20))
    with connect(buffer=8192) as c:
        c.send("GET /deleted HTTP/1.1\r\nHost: a\r\n\r\n")
        c.more()
        os.unlink(path)
        equal(len(c.response().body), 8 << 20)
        equal(c.get("/deleted").status, 404)
