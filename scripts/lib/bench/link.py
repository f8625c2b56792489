"""A slow link to a network namespace of its own (link.c)."""

import subprocess

from servers import before_others
from session import NoAnswer

# Where the servers are, as the browser sees it. A name below localhost is a secure context, and a
# browser offers brotli and zstd to such alone.
HERE, HOST = "10.99.0.1", "ide.localhost"


class Link:
    """So many Mbit/s in each direction, so many milliseconds there and back."""

    def __init__(self, program, mbit, milliseconds):
        self.mbit, self.milliseconds = mbit, milliseconds
        command = before_others([program, mbit, milliseconds])
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        if self.child.stdout.readline() != "ready\n":
            raise NoAnswer("no link: it takes /dev/net/tun")

    def __str__(self):
        return f"{self.mbit} Mbit/s, {self.milliseconds} ms"

    def inside(self, command):
        """The command in the namespace at the other end."""
        return ["nsenter", f"--net=/proc/{self.child.pid}/ns/net", "--", *command]

    def counts(self):
        """The bytes that went to the other end and came from there, and the packets lost."""
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return [int(word) for word in self.child.stdout.readline().split()]

    def close(self):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()
