# SPDX-License-Identifier: BSD-2-Clause
"""What must not be served, by whatever name it is asked for."""
import os
import shutil
import threading

from serve_check import check, equal, true
from serve_client import Connection, connect, raw
from serve_process import obey_permissions
from serve_server import Server
from serve_world import WORLD


@check
def ways_out_of_the_root():
    targets = ["/../outside/secret.txt", "/..%2foutside/secret.txt",
               "/%2e%2e/outside/secret.txt", "/plain/../../outside/secret.txt",
               "/plain/..%2f..%2foutside/secret.txt", "/.%2e/outside/secret.txt",
               "//../outside/secret.txt", "/./../outside/secret.txt",
               "/..%5coutside/secret.txt", "/%252e%252e/outside/secret.txt",
               "/..%c0%afoutside/secret.txt", "/../../../../../../etc/passwd",
               "/proc/self/root/etc/passwd", WORLD.outside + "/secret.txt",
               "/hello.txt%00", "/hello.txt%00.html", "/%00", "/%0d%0aX:y", "/%",
               "/%zz", "https://localhost/../outside/secret.txt", "file:///etc/passwd",
               "outside", "*", "\\..\\outside\\secret.txt"]
    for target in targets:
        r = raw(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
        true(r.status in (400, 404), f"{target}: {r.status}")
        true(b"secret" not in r.body and b"root:" not in r.body, target)
        true("x" not in r.fields, target)


@check
def symbolic_links_stay_within_the_root():
    with connect() as c:
        for name in ("link-absolute", "link-relative", "link-directory/secret.txt",
                     "link-directory/", "link-directory", "link-magic", "loop"):
            equal(c.get("/" + name).status, 404, name)
        equal(c.get("/link-inside").body, b"Hello\n")
        equal(c.get("/link-plain/a.txt").body, b"a")


@check
def a_link_that_changes_under_the_server_never_leads_out():
    """An attacker who can write to the root renames while we ask."""
    inside, outside = f"{WORLD.root}/swap-in", f"{WORLD.root}/swap-out"
    os.mkdir(inside)
    with open(f"{inside}/secret.txt", "wb") as f:
        f.write(b"inside")
    os.symlink(WORLD.outside, outside)
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            for a, b in ((inside, "swap"), ("swap", inside), (outside, "swap"),
                         ("swap", outside)):
                os.rename(os.path.join(WORLD.root, a), os.path.join(WORLD.root, b))

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        with connect() as c:
            for _ in range(300):
                r = c.get("/swap/secret.txt")
                true(r.status == 404 or r.body == b"inside" or r.status == 503,
                     f"{r.status} {r.body!r}")
    finally:
        stop.set()
        thread.join()
        shutil.rmtree(inside)
        os.unlink(outside)


@check
def hidden_files_are_not_there():
    with connect() as c:
        for name in (".git/config", ".git/", ".git", "plain/.hidden", "%2egit/config"):
            equal(c.get("/" + name).status, 404, name)
        equal(c.get("/.well-known/security.txt").status, 200)


@check
def fifos_and_sockets_are_refused_at_once():
    with connect() as c:
        equal(c.get("/fifo").status, 403)
        equal(c.get("/socket").status, 403)


@check
def a_file_without_permission_is_403():
    path = WORLD.write("unreadable", b"x")
    os.chmod(path, 0)
    with Server(WORLD, limit=obey_permissions) as s, Connection(s.port) as c:
        equal(c.get("/unreadable").status, 403)
        equal(c.get().status, 200)


@check
def what_is_not_there_is_404():
    with connect() as c:
        r = c.get("/nothing")
        equal((r.status, r["content-type"]), (404, "text/html; charset=utf-8"))
        true(b"<h1>404 Not Found</h1>" in r.body, r.body)
        true(b"nothing" not in r.body.replace(b"There is nothing", b""), "the target is shown")
        equal(c.get("/" + "a" * 300).status, 404)
        equal(c.get("/" + "a/" * 2500).status, 404)
