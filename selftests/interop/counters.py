#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Hold the kernel's counters against what was fetched: counters.py OUTPUT WWW.

OUTPUT is what the VM printed: /proc/net/tls_stat and /proc/net/kseal_stat before
and after. Every byte of every file that the server on kseal sent must have gone
in as a page reference (KsealTxSpliced), to the byte, and what was copied from
user memory must be no more than response heads and requests.
"""
import os
import sys

from files import regular_files

CLIENTS = 3          # curl, openssl, kseal-client
HEAD = 1024          # a response head, at most
MIB = 1 << 20


def main():
    counters = {"before": {}, "after": {}}
    with open(sys.argv[1], encoding="utf-8", errors="replace") as f:
        for line in f:
            words = line.split()
            if len(words) == 5 and words[0] == "counter":
                counters[words[1]][words[2], words[3]] = int(words[4])
    moved = {k: v - counters["before"].get(k, 0) for k, v in counters["after"].items()}

    doc = [os.path.getsize(os.path.join("/usr/share/doc", n))
           for n in regular_files("/usr/share/doc")]
    # What `guest` and `run` fetch from the server on kseal.
    spliced = CLIENTS * (sum(doc) + 256 * MIB) + 1024 * MIB + 2 * 64 * MIB
    responses = CLIENTS * (len(doc) + 2) + 1 + 2
    received = (3 + 1) * 64 * MIB

    def get(name, module="kseal"):
        return moved.get((module, name), -1)

    cases = [
        ("kseal sealed for each connection to it", get("KsealTx") >= CLIENTS),
        ("the in-tree module sealed for each connection to it", get("TlsTxSw", "tls") >= CLIENTS),
        (f"sendfile gave kseal {spliced} bytes as page references", get("KsealTxSpliced") == spliced),
        (f"kseal copied no more than {responses} heads from user memory",
         0 < get("KsealTxCopied") <= responses * HEAD),
        ("kseal sealed both, and nothing else",
         0 <= get("KsealTxBytes") - get("KsealTxSpliced") - get("KsealTxCopied") <= responses * HEAD),
        (f"kseal opened the {received} bytes that our client took on it", get("KsealRxBytes") >= received),
        ("the in-tree module opened for our client on it", get("TlsRxSw", "tls") >= 4),
        ("no record failed to open", get("KsealDecryptError") == 0 and
         get("TlsDecryptError", "tls") == 0),
    ]
    print(f"1..{len(cases)}")
    for n, (what, good) in enumerate(cases, 1):
        print(f"{'ok' if good else 'not ok'} {n} - {what}")
    if not all(good for _, good in cases):
        for (module, name), value in sorted(moved.items()):
            print(f"# {module} {name} {value}")


if __name__ == "__main__":
    main()
