"""How processes end: the kernel tells of each exit, whosever child it is (proc connector)."""

import os
import socket
import struct
import time

from session import NoAnswer

CONNECTOR, LISTEN, PROC, DONE = 11, 1, 1, 3  # NETLINK_CONNECTOR, PROC_CN_MCAST_LISTEN, CN_IDX_PROC, NLMSG_DONE
RECEIVE_BUFFER_FORCE = 33  # SO_RCVBUFFORCE
EXIT = 0x80000000
# struct nlmsghdr, struct cn_msg, then struct proc_event: what, cpu, nanoseconds, pid, tgid, status.
HEADERS, EVENT = 16 + 20, struct.Struct("=IIQIII")


class Ends:
    """Listens from its making on; the kernel keeps what is not fetched yet."""

    def __init__(self):
        self.seen = {}
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, CONNECTOR)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER_FORCE, 8 << 20)
            self.socket.bind((0, PROC))
            order = struct.pack("=IIIIHHI", PROC, PROC, 0, 0, 4, 0, LISTEN)
            head = struct.pack("=IHHII", 16 + len(order), DONE, 0, 0, os.getpid())
            self.socket.send(head + order)
        except OSError as error:
            self.socket.close()
            raise NoAnswer(f"the kernel does not tell of exits: {error}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def wait(self, pid, seconds):
        """When it ended, in seconds of the monotonic clock, and its wait status."""
        until = time.monotonic() + seconds
        while pid not in self.seen:
            self.socket.settimeout(max(0.001, until - time.monotonic()))
            try:
                self._take(self.socket.recv(4096))
            except TimeoutError:
                raise NoAnswer(f"process {pid} does not end") from None
        return self.seen[pid]

    def _take(self, message):
        what, _, at, pid, process, status = EVENT.unpack_from(message.ljust(HEADERS + EVENT.size, b"\0"), HEADERS)
        if what == EXIT and pid == process:
            self.seen[pid] = at / 1e9, status


def told(status):
    """A wait status in words."""
    if os.WIFSIGNALED(status):
        return {9: "killed", 15: "by TERM"}.get(os.WTERMSIG(status), f"signal {os.WTERMSIG(status)}")
    return f"exit {os.WEXITSTATUS(status)}"
