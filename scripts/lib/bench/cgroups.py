"""What a container takes, by its cgroup (both versions), and which processes are in it."""

from pathlib import Path

from hubs import docker
from session import NoAnswer

TOP = Path("/sys/fs/cgroup")
IDE = b"server-main.js"


class Cgroup:
    """One container's, by its name."""

    def __init__(self, container):
        self.first = int(docker("inspect", "--format", "{{.State.Pid}}", container))
        lines = Path(f"/proc/{self.first}/cgroup").read_text().splitlines()
        self.paths = {}
        for line in lines:
            _, controllers, path = line.split(":", 2)
            for name in controllers.split(","):
                self.paths[name] = path.lstrip("/")
        self.is_second = not (TOP / "memory").is_dir()

    def _folder(self, controller):
        if self.is_second:
            return TOP / self.paths[""]
        return TOP / controller / self.paths[controller]

    def cpu(self):
        """Seconds of a core so far."""
        if self.is_second:
            return numbers(self._folder("cpu") / "cpu.stat")["usage_usec"] / 1e6
        return int((self._folder("cpuacct") / "cpuacct.usage").read_text()) / 1e9

    def memory(self):
        """MB of it that no other can have: anonymous, shared and the kernel's, without page cache."""
        folder = self._folder("memory")
        stat = numbers(folder / "memory.stat")
        if self.is_second:
            return (stat["anon"] + stat["shmem"] + stat["kernel"]) / 1e6
        kernel = int((folder / "memory.kmem.usage_in_bytes").read_text())
        return (stat["total_rss"] + stat["total_shmem"] + kernel) / 1e6

    def pids(self):
        return [int(pid) for pid in (self._folder("memory") / "cgroup.procs").read_text().split()]

    def ide(self):
        """The pid of the VS Code server."""
        found = [pid for pid in self.pids() if is_ide(pid) and not is_ide(parent(pid))]
        if not found:
            raise NoAnswer("there is no VS Code server in the container")
        return found[0]

    def shares(self):
        """MB of PSS: of the VS Code server with all below it, and of all else."""
        ide, parts = self.ide(), [0.0, 0.0]
        for pid in self.pids():
            parts[0 if ide in ancestors(pid) else 1] += pss(pid)
        return parts


def numbers(path):
    """Lines of a name and a number."""
    return {name: int(value) for name, value in (line.split() for line in path.read_text().splitlines())}


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def is_ide(pid):
    """Whether it is Node with the server: others have that among their words, too."""
    words = command_line(pid).split(b"\0")
    return words[0].endswith(b"node") and any(word.endswith(IDE) for word in words)


def parent(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def ancestors(pid):
    """The process and all above it."""
    while pid > 1:
        yield pid
        pid = parent(pid)


def pss(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return next((int(line.split()[1]) / 1e3 * 1.024 for line in lines if line.startswith("Pss:")), 0.0)
