# SPDX-License-Identifier: BSD-2-Clause
"""The access log."""
import os
import re
import subprocess

from serve_check import PATIENCE, check, equal, true, wait_for
from serve_client import Connection
from serve_server import SERVE, Server
from serve_world import LARGE, WORLD


@check
def the_access_log():
    with Server(WORLD) as s:
        with Connection(s.port) as c:
            c.get("/hello.txt")
            c.get("/hello.txt", method="HEAD")
            c.get('/"\\x')
            c.send("\x80\x1b[2J\r\n\r\n")
            equal(c.response().status, 400)
        wait_for(lambda: len(s.access_log()) == 4, "four lines")
        tail = r" TLSv1\.3 TLS_[A-Z0-9_]+ (kseal|tls|userspace)"
        when = r"127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "
        for line, wanted in zip(s.access_log(), (
                r'"GET /hello\.txt HTTP/1\.1" 200 6', r'"HEAD /hello\.txt HTTP/1\.1" 200 0',
                r'"GET /\\x22\\x5cx HTTP/1\.1" 404 \d+', r'"\\x80\\x1b\[2J" 400 \d+')):
            true(re.fullmatch(when + wanted + tail, line), line)


@check
def a_broken_download_is_logged_with_what_was_sent():
    with Server(WORLD) as s:
        c = Connection(s.port, buffer=4096)
        c.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        c.more()
        c.close()
        wait_for(s.access_log, "a line")
        sent = int(re.search(r'" 200 (\d+) ', s.access_log()[0]).group(1))
        true(0 < sent < LARGE, sent)


@check
def quiet_has_no_access_log():
    with Server(WORLD, "--quiet") as s:
        with Connection(s.port) as c:
            equal(c.get().status, 200)
        equal(s.stop(), 0)
        equal(s.access_log(), [])


@check
def a_log_that_nobody_reads_any_more_is_no_end():
    read, write = os.pipe()
    os.close(read)
    command = [SERVE, "--root", WORLD.root, "--listen", "127.0.0.1:0", "--certificate",
               f"{WORLD.certs}/ecdsa.pem", "--key", f"{WORLD.certs}/ecdsa.key", "--workers", "1"]
    with subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE) as child:
        os.close(write)
        port = int(re.search(rb":(\d+)/", child.stderr.readline()).group(1))
        with Connection(port) as c:
            equal(c.get().status, 200)
            equal(c.get().status, 200)
        child.terminate()
        equal(child.wait(PATIENCE), 0)
