# SPDX-License-Identifier: BSD-2-Clause
"""What is served: certificates, and a root with all kinds of things in it."""
import contextlib
import os
import socket
import subprocess

LARGE = 16 << 20  # more than two sockets hold


class World:
    """The folder of this run: certificates, the root that is served, and, once
    it is started, the server that most checks share."""

    def __init__(self):
        self.folder = self.certs = self.ca = self.root = self.outside = None
        self.sizes = self.odd = self.large = None
        self.server = None

    def set_up(self, folder):
        self.folder = folder
        self.certs = os.environ.get("CERTS") or self.make_certs()
        self.ca = f"{self.certs}/ca.pem"
        self.root = f"{folder}/root"
        self.outside = f"{folder}/outside"
        os.mkdir(self.root)
        os.mkdir(self.outside)
        self.fill()

    def make_certs(self):
        out = f"{self.folder}/certs"
        os.mkdir(out)
        names = "subjectAltName=DNS:localhost,DNS:server.example,IP:127.0.0.1"

        def openssl(*args):
            subprocess.run(["openssl", *args], check=True, capture_output=True)

        for name in ("ca", "ecdsa", "second"):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout",
                    "-out", f"{out}/{name}.key")
        openssl("req", "-x509", "-key", f"{out}/ca.key", "-subj", "/CN=test root",
                "-days", "2", "-out", f"{out}/ca.pem")
        for name, extension in (("ecdsa", names),
                                ("second", "subjectAltName=DNS:second.example")):
            with open(f"{out}/ext", "w", encoding="ascii") as f:
                f.write(extension)
            openssl("req", "-new", "-key", f"{out}/{name}.key", "-subj", f"/CN={name}",
                    "-out", f"{out}/csr")
            openssl("x509", "-req", "-in", f"{out}/csr", "-CA", f"{out}/ca.pem",
                    "-CAkey", f"{out}/ca.key", "-CAcreateserial", "-days", "2",
                    "-extfile", f"{out}/ext", "-out", f"{out}/{name}.pem")
        openssl("genrsa", "-out", f"{out}/rsa.key", "2048")
        return out

    def write(self, name, data, old=True):
        path = f"{self.root}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
        if old:
            os.utime(path, (1700000000, 1700000000))
        return path

    def fill(self):
        noise = os.urandom(1 << 20)
        self.sizes = [0, 1, 1000, 16383, 16384, 16385, 65536, 100000, 5 << 20]
        for size in self.sizes:
            self.write(f"size/{size}", (noise * (size // len(noise) + 1))[:size])
        self.write("hello.txt", b"Hello\n")
        self.write("digits", b"0123456789")
        self.write("with-index/index.html", b"<p>index\n")
        self.write("plain/a.txt", b"a")
        self.write("plain/sub/b.txt", b"b")
        self.write("plain/<i>\"&'.html", b"c")
        self.write("plain/.hidden", b"secret")
        self.write(".git/config", b"secret")
        self.write(".well-known/security.txt", b"Contact: us\n")
        self.write("index-is-directory/index.html/x", b"x")
        self.odd = ["sp ace.txt", "per%25cent", "q?uestion", "ha#sh", "\u00fcml\u00e4ut",
                    "plus+", "semi;colon", "back\\slash", "a:b", "..dots"]
        for name in self.odd:
            if not name.startswith("."):
                self.write(f"odd/{name}", name.encode())
        with open(f"{self.outside}/secret.txt", "wb") as f:
            f.write(b"secret")
        os.symlink(f"{self.outside}/secret.txt", f"{self.root}/link-absolute")
        os.symlink("../outside/secret.txt", f"{self.root}/link-relative")
        os.symlink("../outside", f"{self.root}/link-directory")
        os.symlink("/proc/self/root/etc/hostname", f"{self.root}/link-magic")
        os.symlink("loop", f"{self.root}/loop")
        os.symlink("hello.txt", f"{self.root}/link-inside")
        os.symlink("plain/../plain", f"{self.root}/link-plain")
        os.mkfifo(f"{self.root}/fifo")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as s:
            here = os.getcwd()
            os.chdir(self.root)
            s.bind("socket")
            os.chdir(here)
        self.large = self.write("large", b"")
        with open(self.large, "r+b") as f:
            for at in range(0, LARGE, 1 << 20):
                f.seek(at)
                f.write(noise[:4096])
            f.truncate(LARGE)
        os.utime(self.large, (1700000000, 1700000000))

    def read(self, name):
        with open(f"{self.root}/{name}", "rb") as f:
            return f.read()


WORLD = World()
