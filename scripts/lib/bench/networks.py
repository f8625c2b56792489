"""Which network the benchmark stands in: this thread, and all that it starts meanwhile."""

import ctypes
import os
from contextlib import contextmanager

from servers import loopback_up

NEW_NETWORK = 0x40000000  # CLONE_NEWNET
LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def own_network():
    """One with nothing but loopback."""
    with left_again():
        must_be_zero(LIBC.unshare(NEW_NETWORK))
        loopback_up()
        yield


@contextmanager
def network_of(pid):
    """That of another process."""
    with left_again():
        enter(f"/proc/{pid}/ns/net")
        yield


@contextmanager
def left_again():
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        enter(f"/proc/self/fd/{own}")
        os.close(own)


def enter(path):
    network = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        must_be_zero(LIBC.setns(network, NEW_NETWORK))
    finally:
        os.close(network)


def must_be_zero(result):
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
