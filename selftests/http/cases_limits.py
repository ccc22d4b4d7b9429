# SPDX-License-Identifier: BSD-2-Clause
"""Limits: connections, descriptors, memory."""
import concurrent.futures
import contextlib
import resource
import socket

from serve_check import PATIENCE, Skip, check, equal, true, wait_for
from serve_client import Connection
from serve_process import open_files
from serve_server import SERVE, Server
from serve_world import LARGE, WORLD


@check
def when_full_the_longest_idle_makes_room():
    with Server(WORLD, "--connections", "4", workers=1) as s:
        with contextlib.ExitStack() as stack:
            idle = [stack.enter_context(Connection(s.port)) for _ in range(4)]
            for c in idle:
                equal(c.get().status, 200)
            with Connection(s.port) as c:
                equal(c.get().status, 200)
                idle[0].closed()
                for other in idle[1:]:
                    equal(other.get().status, 200)


@check
def when_full_of_work_others_wait_their_turn():
    with Server(WORLD, "--connections", "2", workers=1) as s:
        busy = [Connection(s.port, buffer=4096) for _ in range(2)]
        for c in busy:
            c.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            c.more()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            def fetch():
                with Connection(s.port) as c:
                    return c.get().status
            waiting = pool.submit(fetch)
            equal(len(busy[0].response().body), LARGE)
            busy[0].close()
            equal(waiting.result(PATIENCE), 200)
        busy[1].close()


@check
def without_descriptors_the_server_goes_on():
    with Server(WORLD, workers=1) as s:
        wait_for(s.workers, "the worker")
        pid = s.workers()[0]
        with Connection(s.port) as first:
            equal(first.get().status, 200)
            # the file that was just sent is closed a moment later
            wait_for(lambda: not any(t.endswith("hello.txt") for t in open_files(pid).values()),
                     "the file's end")
            taken = set(open_files(pid))
            used = min(set(range(len(taken) + 1)) - taken)
            before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (used, before[1]))
            # no descriptor for the file, none for a further connection
            equal(first.get().status, 503)
            first.send("GET /hel")
            with contextlib.closing(socket.create_connection(("127.0.0.1", s.port))):
                s.expect("cannot accept a connection")
                first.send("lo.txt HTTP/1.1\r\nHost: a\r\n\r\n")
                equal(first.response().status, 503)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
            equal(first.get().status, 200)
            with Connection(s.port) as c:
                equal(c.get().status, 200)


@check
def few_descriptors_limit_the_connections():
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (70, 70))
    with Server(WORLD, workers=1, limit=few) as s, contextlib.ExitStack() as stack:
        for _ in range(20):
            equal(stack.enter_context(Connection(s.port)).get().status, 200)


@check
def idle_connections_are_small():
    """Their memory in the worker; the kernel's part is not in it."""
    if "asan" in SERVE:
        raise Skip("the sanitizer's own memory would be counted")
    count = 500
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    with Server(WORLD, "--quiet", workers=1) as s, contextlib.ExitStack() as stack:
        def private():
            with open(f"/proc/{s.workers()[0]}/smaps_rollup", encoding="ascii") as f:
                return sum(int(line.split()[1]) for line in f if line.startswith("Private")) * 1024
        for _ in range(50):
            equal(stack.enter_context(Connection(s.port)).get().status, 200)
        before = private()
        for _ in range(count):
            equal(stack.enter_context(Connection(s.port)).get().status, 200)
        each = (private() - before) // count
        print(f"# {each} bytes for an idle connection")
        true(each <= 4096, f"{each} bytes for an idle connection")
