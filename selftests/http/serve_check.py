# SPDX-License-Identifier: BSD-2-Clause
"""What a check is, and what it says with: it returns, skips or raises."""
import threading
import time

PATIENCE = 60

CHECKS = []


class Skip(Exception):
    """This check can't run here."""


def check(function):
    CHECKS.append(function)
    return function


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what + ': ' if what else ''}{got!r}, not {wanted!r}")


def true(value, what):
    if not value:
        raise AssertionError(what)


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {PATIENCE} s")
        select_nothing(0.01)


def select_nothing(seconds):
    """Between two looks at a condition that tells nobody when it changes."""
    threading.Event().wait(seconds)
