# SPDX-License-Identifier: BSD-2-Clause
"""The server under test: SERVE is the program, KSEAL_PATH its record path."""
import os
import re
import signal
import subprocess
import tempfile
import threading

from serve_check import PATIENCE, equal, true

SERVE = os.environ.get("SERVE", ".build/bin/kseal-serve")
PATH = os.environ.get("KSEAL_PATH", "")


class Server:
    """One kseal-serve; its standard error is collected line by line."""

    def __init__(self, world, *options, workers=2, certificate=True, path=True,
                 listen="127.0.0.1:0", root=None, ready=True, limit=None):
        self.world = world
        command = [SERVE, "--root", root or world.root, "--workers", str(workers)]
        if listen:
            command += ["--listen", listen]
        if certificate:
            command += ["--certificate", f"{world.certs}/ecdsa.pem",
                        "--key", f"{world.certs}/ecdsa.key"]
        if path and PATH:
            command += ["--path", PATH]
        self.log = tempfile.TemporaryFile(dir=world.folder)
        self.lines, self.changed = [], threading.Condition()
        self.child = subprocess.Popen(
            command + list(options), stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.PIPE, preexec_fn=limit)
        self.reader = threading.Thread(target=self.collect, daemon=True)
        self.reader.start()
        self.port = None
        if ready:
            line = self.expect(r"serving .* on https://.*:(\d+)/")
            self.port = int(line.group(1))

    def collect(self):
        for raw in self.child.stderr:
            with self.changed:
                self.lines.append(raw.decode("utf-8", "replace").rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.lines.append("EOF")
            self.changed.notify_all()

    def find(self, pattern):
        return next((m for m in map(re.compile(pattern).search, self.lines) if m), None)

    def expect(self, pattern):
        """Waits for a line on standard error."""
        with self.changed:
            self.changed.wait_for(lambda: self.find(pattern) or "EOF" in self.lines,
                                  PATIENCE)
            found = self.find(pattern)
        if not found:
            raise AssertionError(f"no line like {pattern!r} in {self.lines}")
        return found

    def workers(self):
        task = f"/proc/{self.child.pid}/task/{self.child.pid}/children"
        with open(task, encoding="ascii") as f:
            return [int(p) for p in f.read().split()]

    def access_log(self):
        self.log.seek(0)
        return self.log.read().decode().splitlines()

    def stop(self, how=signal.SIGTERM):
        """Stops it (how=None: it is to end by itself); what a sanitizer finds in
        any of its processes fails the check."""
        if how and self.child.poll() is None:
            self.child.send_signal(how)
        try:
            status = self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError("the server did not stop") from None
        finally:
            self.reader.join(PATIENCE)
            self.child.stderr.close()
        text = "\n".join(self.lines)
        true("Sanitizer" not in text and "runtime error" not in text, text)
        return status

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.child.poll() is None or kind is None:
            status = self.stop()
            if kind is None:
                equal(status, 0, f"exit status ({self.lines[-4:]})")
        self.log.close()
