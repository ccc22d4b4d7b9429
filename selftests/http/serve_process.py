# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel knows of a process: its descriptors, its rights."""
import contextlib
import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)


def obey_permissions():
    """In a child: even root's programs, from the next exec on, keep to modes."""
    if os.geteuid() == 0:
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            if LIBC.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
                raise OSError(ctypes.get_errno(), "PR_CAPBSET_DROP")


def open_files(pid):
    """A process's descriptors and what they are; it may close some meanwhile."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
    return found
