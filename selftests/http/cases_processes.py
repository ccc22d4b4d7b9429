# SPDX-License-Identifier: BSD-2-Clause
"""Master and workers: one that dies, and the end of them all."""
import contextlib
import os
import signal
import socket
import ssl

from serve_check import PATIENCE, check, equal, true, wait_for
from serve_client import Connection
from serve_server import Server
from serve_world import WORLD


@check
def a_worker_that_dies_is_replaced():
    with Server(WORLD) as s:
        wait_for(lambda: len(s.workers()) == 2, "two workers")
        victims = s.workers()
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        s.expect(r"worker \d+ \(process \d+\) was killed by signal 9; the next one starts in")
        for _ in range(4):
            with Connection(s.port) as c:
                equal(c.get().status, 200)
        wait_for(lambda: len(s.workers()) == 2 and not set(s.workers()) & set(victims),
                 "two new workers")


def stops_with(how):
    with Server(WORLD) as s:
        wait_for(lambda: len(s.workers()) == 2, "two workers")
        workers = s.workers()
        with Connection(s.port) as idle, Connection(s.port, buffer=4096) as busy:
            equal(idle.get().status, 200)
            busy.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            busy.more()
            half = socket.create_connection(("127.0.0.1", s.port))
            equal(s.stop(how), 0, "exit status")
            half.close()
            idle.closed()
            try:
                busy.response()
            except (ssl.SSLError, OSError):
                pass
            else:
                raise AssertionError("a broken download looked whole")
        for pid in workers:
            true(not os.path.exists(f"/proc/{pid}"), f"worker {pid} is left")
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", s.port)).close()
            raise AssertionError("the port still answers")


@check
def sigterm_stops_it():
    stops_with(signal.SIGTERM)


@check
def sigint_stops_it():
    stops_with(signal.SIGINT)


@check
def the_port_is_free_after_a_stop():
    with Server(WORLD) as s:
        with Connection(s.port) as c:
            equal(c.get().status, 200)
        port = s.port
        equal(s.stop(), 0)
    with Server(WORLD, listen=f"127.0.0.1:{port}") as s, Connection(s.port) as c:
        equal(c.get().status, 200)


@check
def workers_end_with_a_master_that_is_killed():
    with Server(WORLD) as s:
        wait_for(lambda: len(s.workers()) == 2, "two workers")
        workers = s.workers()
        s.child.kill()
        s.child.wait()

        def ended(pid):
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                    return f.read().rsplit(")", 1)[1].split()[0] in "ZX"
            except OSError:
                return True
        wait_for(lambda: all(map(ended, workers)), "the workers' end")
        s.__exit__ = None
        s.reader.join(PATIENCE)
        s.child.returncode = 0


@check
def the_server_that_all_used_stops_well():
    equal(WORLD.server.stop(), 0)
    text = "\n".join(WORLD.server.lines)
    true("was killed" not in text and "ended with" not in text, text)
