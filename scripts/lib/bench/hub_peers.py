"""What a Hub spawns: waiide-init's image, and the same VS Code server behind its peers."""

import subprocess
from dataclasses import dataclass

OURS, SINGLEUSER, NATIVE = "waiide-init", "singleuser, server-proxy", "jhsingle-native-proxy"
REPOSITORY = "waiide-bench-hub"
STACKS_HOME = "/home/calliope"


@dataclass(frozen=True)
class Peer:
    """One image, and what the Hub has to know of it."""

    name: str
    # What its users are called, but for a number: the Hub's configuration chooses by it.
    users: str
    tag: str
    home: str
    # Where the workbench is, below the server's prefix.
    page: str
    # What says its version, in the image.
    version: tuple

    @property
    def image(self):
        return f"{REPOSITORY}:{self.tag}"

    def is_here(self):
        done = subprocess.run(["docker", "image", "inspect", self.image], capture_output=True)
        return done.returncode == 0

    def version_text(self):
        program, *words = self.version
        command = ["docker", "run", "--rm", "--entrypoint", program, self.image, *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return ", ".join((done.stdout or "?").split("\n")).strip(", ")

    def for_hub(self):
        """As the Hub's configuration reads it."""
        return {"image": self.image, "home": self.home, "page": self.page}


def asks(python, *packages):
    """What says these packages' versions."""
    code = "import importlib.metadata as m, sys; [print(each, m.version(each)) for each in sys.argv[1:]]"
    return (python, "-c", code, *packages)


def all_peers():
    """All of them, waiide-init first."""
    jupyter, native = (f"/opt/calliope/{name}/bin/python" for name in ("jupyter", "native"))
    return [
        Peer(OURS, "waiide", "waiide", "/home/{user}", "/ide", ("waiide-init", "--version")),
        Peer(
            SINGLEUSER, "single", "singleuser", STACKS_HOME, "/ide",
            asks(jupyter, "jupyterhub", "jupyter-server", "jupyter-server-proxy"),
        ),
        Peer(
            NATIVE, "native", "native", STACKS_HOME, "/",
            asks(native, "jupyterhub", "jhsingle-native-proxy", "tornado"),
        ),
    ]
