#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Fetch a whole tree over HTTPS and compare every byte with the files on disk.

    files.py --port PORT --ca CA.pem --client curl|openssl|kseal=PROGRAM
             --label TEXT [--big NAME]... PREFIX=DIRECTORY...

One TAP case for each PREFIX and one for each --big file. curl fetches by its own
list of URLs; the others are pipes (openssl s_client, kseal-client) to which this
program writes requests and from which it parses the responses, many on one
connection. --big names files of the prefix "big", fetched one by one.
"""
import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import urllib.parse

CHUNK = 1 << 20


class Mismatch(Exception):
    """What came is not what was asked for."""


def digest_file(path):
    sha = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(CHUNK):
            sha.update(block)
    return sha.hexdigest()


def regular_files(top):
    """Paths below top, without what the server hides: names with a dot before."""
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(d for d in folders if not d.startswith("."))
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.startswith(".") and os.path.isfile(path) and not os.path.islink(path):
                yield os.path.relpath(path, top)


def url_path(prefix, name):
    return "/" + urllib.parse.quote(f"{prefix}/{name}")


class Pipe:
    """HTTP/1.1 over the standard input and output of a TLS client."""

    def __init__(self, command, host):
        self.command, self.host, self.child = command, host, None

    def open(self):
        self.child = subprocess.Popen(self.command, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def close(self):
        if self.child:
            self.child.stdin.close()
            self.child.stdout.close()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
            self.child.stderr.close()
            self.child = None

    def fetch(self, path):
        """The body's (sha256, length)."""
        if not self.child:
            self.open()
        request = f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n"
        self.child.stdin.write(request.encode())
        self.child.stdin.flush()
        status = self.child.stdout.readline()
        if not status.startswith(b"HTTP/1.1 200"):
            rest = b"" if status else self.child.stderr.read()[-300:]
            raise Mismatch(f"answered {status!r} {rest!r}")
        length, last = None, False
        while (line := self.child.stdout.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            if name.lower() == "content-length":
                length = int(value)
            elif name.lower() == "connection" and value.strip().lower() == "close":
                last = True
        if length is None:
            raise Mismatch("no Content-Length")
        sha, left = hashlib.sha256(), length
        while left:
            block = self.child.stdout.read(min(left, CHUNK))
            if not block:
                raise Mismatch(f"ended {left} bytes early")
            sha.update(block)
            left -= len(block)
        if last:
            self.close()
        return sha.hexdigest(), length


def by_pipe(pipe, prefix, names, top):
    wrong = []
    for name in names:
        path = os.path.join(top, name)
        try:
            got, length = pipe.fetch(url_path(prefix, name))
            if length != os.path.getsize(path):
                raise Mismatch(f"{length} bytes instead of {os.path.getsize(path)}")
            if got != digest_file(path):
                raise Mismatch("other bytes")
        except (Mismatch, BrokenPipeError) as e:
            wrong.append(f"{name}: {e}")
            pipe.close()
            if len(wrong) > 5:
                break
    pipe.close()
    return wrong


def by_curl(base, ca, prefix, names, top):
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "config")
        with open(config, "w", encoding="utf-8") as f:
            for n, name in enumerate(names):
                f.write(f'url = "{base}{url_path(prefix, name)}"\n'
                        f'output = "{folder}/{n}"\n')
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--fail", "--fail-early", "--http1.1", "--tlsv1.3",
             "--cacert", ca, "--config", config], capture_output=True, check=False)
        wrong = []
        if done.returncode:
            wrong.append(f"curl: {done.stderr.decode()[-300:].strip()}")
        for n, name in enumerate(names):
            path, out = os.path.join(top, name), f"{folder}/{n}"
            if not os.path.exists(out):
                # curl makes no file for an empty body in some versions
                if os.path.getsize(path):
                    wrong.append(f"{name}: not fetched")
            elif digest_file(out) != digest_file(path):
                wrong.append(f"{name}: other bytes")
        return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--client", required=True)
    parser.add_argument("--label", required=True)
    parser.add_argument("--big", action="append", default=[])
    parser.add_argument("trees", nargs="*")
    args = parser.parse_args()

    kind, _, program = args.client.partition("=")
    host = f"localhost:{args.port}"
    if kind == "openssl":
        pipe = Pipe(["openssl", "s_client", "-quiet", "-verify_return_error",
                     "-CAfile", args.ca, "-connect", f"127.0.0.1:{args.port}",
                     "-servername", "localhost"], host)
    elif kind == "kseal":
        pipe = Pipe([program, "--quiet", "--trust", args.ca, host], host)
    elif kind != "curl":
        sys.exit(f"no such client: {kind}")

    folders = dict(t.split("=", 1) for t in args.trees)
    jobs = [(f"{p}: all files", p, d, None) for p, d in folders.items() if p != "big"]
    jobs += [(f"{b}", "big", folders["big"], [b]) for b in args.big]
    print(f"1..{len(jobs)}")
    for n, (what, prefix, top, names) in enumerate(jobs, 1):
        names = names or list(regular_files(top))
        if kind == "curl":
            wrong = by_curl(f"https://{host}", args.ca, prefix, names, top)
        else:
            wrong = by_pipe(pipe, prefix, names, top)
        size = sum(os.path.getsize(os.path.join(top, x)) for x in names)
        for line in wrong[:5]:
            print(f"# {line}")
        verdict = "not ok" if wrong or not names else "ok"
        print(f"{verdict} {n} - {args.label}, {kind}: {what} "
              f"({len(names)} files, {size} bytes)", flush=True)
    # The tally reads the cases; the exit status says only that they were run.


if __name__ == "__main__":
    main()
