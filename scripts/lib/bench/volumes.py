"""File systems that are made for a benchmark: ext4 in a file, and overlayfs on it.

They are mounted in the caller's own mount namespace. The loop device goes with the last mount,
and the file has no name by then: nothing stays, however the benchmark ends.
"""

import os
import subprocess
from contextlib import contextmanager

from session import NoAnswer

# Sparse. As large as a small disk, so that the journal is too (mke2fs(8)).
SIZE = 64 << 30


class CannotMount(NoAnswer):
    """Why there is no such file system."""


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise CannotMount(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


class Volume:
    """A folder on an ext4 of its own or, where there is no loop device, on what is there."""

    def __init__(self, folder):
        self.folder = folder / "volume"
        self.folder.mkdir()
        self.reason = None
        try:
            self._mount_ext4(folder / "ext4.img")
            self.name = "ext4"
        except CannotMount as reason:
            self.reason = str(reason)
            self.name = run("findmnt", "-n", "-o", "FSTYPE", "-T", str(self.folder)).strip()

    def _mount_ext4(self, image):
        try:
            with open(image, "wb") as file:
                file.truncate(SIZE)
            run("mkfs.ext4", "-q", "-F", str(image))
            # noinit_itable: nothing is written in the background.
            run("mount", "--no-mtab", "-o", "loop,relatime,noinit_itable", str(image), str(self.folder))
        finally:
            image.unlink(missing_ok=True)

    def is_own(self):
        return self.reason is None

    @contextmanager
    def overlay(self, lower):
        """A directory below which `lower` is seen through an upper layer of its own."""
        top = self.folder / "overlay"
        layers = {name: top / name for name in ("upper", "work", "merged")}
        for path in layers.values():
            path.mkdir(parents=True)
        options = f"lowerdir={lower},upperdir={layers['upper']},workdir={layers['work']}"
        options += ",index=off,metacopy=off"
        try:
            run("mount", "--no-mtab", "-t", "overlay", "-o", options, "overlay", str(layers["merged"]))
            try:
                yield layers["merged"], layers["upper"]
            finally:
                run("umount", "--no-mtab", str(layers["merged"]))
        finally:
            remove(top)

    def close(self):
        """Ends the file system, or removes what was made on one that is not ours."""
        if self.is_own():
            run("umount", "--no-mtab", str(self.folder))
        else:
            remove(self.folder)


def remove(path):
    """Removes a tree, much faster than Python would."""
    if os.path.lexists(path):
        run("rm", "-rf", "--one-file-system", str(path))
