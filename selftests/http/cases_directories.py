# SPDX-License-Identifier: BSD-2-Clause
"""Directories: the slash, the index, the listing."""
import html
import re

from serve_check import check, equal, true
from serve_client import Connection, connect, get
from serve_server import Server
from serve_world import WORLD


@check
def a_directory_has_a_slash():
    with connect() as c:
        for target, location in (("/plain", "/plain/"), ("/plain?a=b", "/plain/?a=b"),
                                 ("/plain/sub", "/plain/sub/"), ("//plain", "/plain/"),
                                 ("/odd/../plain", "/plain/"), ("/%70lain", "/plain/")):
            r = c.get(target)
            equal((r.status, r["location"]), (301, location), target)


@check
def an_index_is_the_directorys_page():
    r = get("/with-index/")
    equal((r.status, r.body), (200, b"<p>index\n"))
    equal(r["content-type"], "text/html; charset=utf-8")


@check
def an_index_that_is_a_directory():
    equal(get("/index-is-directory/").status, 403)


@check
def without_listing_a_directory_is_403():
    with connect() as c:
        equal(c.get("/plain/").status, 403)
        equal(c.get("/plain/a.txt").status, 200)


@check
def a_listing_is_complete_escaped_and_links_work():
    with Server(WORLD, "--listing") as s, Connection(s.port) as c:
        r = c.get("/plain/")
        page = r.body.decode()
        equal(r.status, 200)
        links = [html.unescape(x) for x in re.findall(r'href="([^"]*)"', page)]
        equal(links, ["../", "sub/", "%3Ci%3E%22%26%27.html", "a.txt"])
        true("<i>" not in page, "a name is not escaped")
        for link in links[1:]:
            equal(c.get("/plain/" + link).status, 200, link)
        top = c.get("/").body.decode()
        for name in (".git", ".well-known", "link-absolute", "link-relative",
                     "link-directory", "link-magic", "fifo", "socket", "loop", '"../"'):
            true(name not in top, f"{name} is listed")
        for name in ("link-inside", "link-plain/", "hello.txt", "size/"):
            true(f'href="{name}"' in top, f"{name} is not listed")
        equal(c.get("/with-index/").body, b"<p>index\n")


@check
def a_file_is_no_directory():
    with connect() as c:
        equal(c.get("/hello.txt/").status, 404)
        equal(c.get("/hello.txt/x").status, 404)
        equal(c.get("/hello.txt/..").status, 403)
