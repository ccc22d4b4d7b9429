# SPDX-License-Identifier: BSD-2-Clause
"""Options, addresses and files that the server starts with, or refuses."""
import os
import re
import shutil
import socket
import subprocess

from serve_check import PATIENCE, Skip, check, equal, true, wait_for
from serve_client import Connection, still_serves
from serve_process import obey_permissions
from serve_server import SERVE, Server
from serve_world import WORLD


def fails(wanted, *options, status=1, **settings):
    s = Server(WORLD, *options, ready=False, **settings)
    got = s.stop(how=None)
    lines = [x for x in s.lines if x != "EOF"]
    text = "\n".join(lines)
    equal(got, status, text)
    true(re.search(wanted, text), f"no {wanted!r} in {text!r}")
    if status == 1:
        equal(len(lines), 1, text)
    s.log.close()


@check
def a_port_in_use():
    fails("port is in use.*--listen", listen=f"127.0.0.1:{WORLD.server.port}")
    fails("port is in use", listen="127.0.0.1:0", *["--listen", f"127.0.0.1:{WORLD.server.port}"])
    still_serves()


def has_ulp(name):
    """Whether this kernel attaches the ULP to a connection."""
    tcp_ulp = 31
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            socket.create_connection(listener.getsockname()) as s:
        try:
            s.setsockopt(socket.IPPROTO_TCP, tcp_ulp, name.encode())
        except OSError:
            return False
        return True


@check
def a_record_path_that_is_not_there():
    missing = [name for name in ("kseal", "tls") if not has_ulp(name)]
    if not missing:
        raise Skip("this kernel has both ULPs")
    for name in missing:
        fails(f"this kernel has no ULP {name}: load the module", "--path", name)


@check
def bad_addresses():
    fails("'nowhere' is not ADDR:PORT", listen="nowhere")
    fails("'::1:8443' is not ADDR:PORT", listen="::1:8443")
    fails("'x' is not a port", listen="127.0.0.1:x")
    fails("'99999' is not a port", listen="127.0.0.1:99999")
    fails("does not have that address", listen="192.0.2.1:8443")


@check
def bad_certificates():
    good = f"{WORLD.certs}/ecdsa"
    none = f"{WORLD.folder}/none.pem"
    text = f"{WORLD.folder}/text.pem"
    with open(text, "w", encoding="ascii") as f:
        f.write("this is no PEM\n")

    def pair(certificate, key):
        return ["--certificate", certificate, "--key", key]

    fails("cannot read the certificate .*none.pem: No such file.*--certificate",
          *pair(none, f"{good}.key"), certificate=False)
    fails("cannot read the key .*none.pem: No such file.*--key",
          *pair(f"{good}.pem", none), certificate=False)
    fails("cannot use the certificate .*text.pem", *pair(text, f"{good}.key"), certificate=False)
    fails("cannot use the certificate .*text.pem", *pair(f"{good}.pem", text), certificate=False)
    fails("cannot use the certificate .*--key",
          *pair(f"{good}.pem", f"{WORLD.certs}/ca.key"), certificate=False)
    fails("cannot use the certificate", *pair(f"{good}.pem", f"{WORLD.certs}/rsa.key"),
          certificate=False)
    fails("cannot use the certificate", *pair(f"{good}.key", f"{good}.pem"), certificate=False)
    fails("cannot", *pair(WORLD.root, f"{good}.key"), certificate=False)
    secret = f"{WORLD.folder}/secret.key"
    shutil.copy(f"{good}.key", secret)
    os.chmod(secret, 0)
    fails("cannot read the key .*Permission denied", *pair(f"{good}.pem", secret),
          certificate=False, limit=obey_permissions)


@check
def bad_roots():
    fails("cannot serve .*nothing: No such file.*--root", root=f"{WORLD.root}/nothing")
    fails("cannot serve .*hello.txt: Not a directory", root=f"{WORLD.root}/hello.txt")
    closed = f"{WORLD.folder}/closed"
    os.mkdir(closed, 0)
    fails("cannot serve .*closed: Permission denied", root=closed, limit=obey_permissions)


@check
def bad_options():
    fails("a certificate is needed", certificate=False, status=64)
    fails("each --certificate needs its --key", "--certificate", "x", status=64)
    fails("--workers takes a number", "--workers", "0", status=64)
    fails("--workers takes a number", "--workers", "many", status=64)
    fails("--connections takes a number", "--connections", "-1", status=64)
    fails("--timeout takes", "--timeout", "header=0", status=64)
    fails("--timeout takes", "--timeout", "sleep=1", status=64)
    fails("--path takes", "--path", "carpet", status=64)
    fails("unrecognized option", "--frobnicate", status=64)
    fails("'folder' is no option", "folder", status=64)
    fails("cannot write the key log", "--keylog", f"{WORLD.folder}/none/keys")


@check
def help_and_version():
    done = subprocess.run([SERVE, "--help"], capture_output=True, check=True, timeout=PATIENCE)
    for word in (b"--root", b"--certificate", b"fullchain.pem", b"--timeout"):
        true(word in done.stdout, word)
    done = subprocess.run([SERVE, "--version"], capture_output=True, check=True, timeout=PATIENCE)
    true(re.fullmatch(rb"kseal-serve \d+\.\d+\.\d+\n", done.stdout), done.stdout)


@check
def several_addresses():
    if not os.path.exists("/proc/net/if_inet6"):
        raise Skip("no IPv6 here")
    with Server(WORLD, "--listen", "[::1]:0") as s:
        other = int(s.expect(r"serving .* on https://\[::1\]:(\d+)/").group(1))
        with Connection(s.port) as c:
            equal(c.get().status, 200)
        with Connection(other, address="::1") as c:
            equal(c.get().status, 200)
        wait_for(lambda: any(x.startswith("::1 - - ") for x in s.access_log()), "::1 in the log")


@check
def one_address_for_both_families():
    if not os.path.exists("/proc/net/if_inet6"):
        raise Skip("no IPv6 here")
    with Server(WORLD, listen="[::]:0") as s:
        for address in ("127.0.0.1", "::1"):
            with Connection(s.port, address=address) as c:
                equal(c.get().status, 200)
        wait_for(lambda: len(s.access_log()) == 2, "two lines")
        equal([x.split()[0] for x in s.access_log()], ["127.0.0.1", "::1"])
