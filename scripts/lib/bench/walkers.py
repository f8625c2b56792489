"""The ownership walk and its peers: what each is, as a command line."""

import json
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from trees import GID, UID

WALK = "waiide-init own-home"
CHOWN = "chown -R"
OWNER = f"{UID}:{GID}"


@dataclass(frozen=True)
class Walker:
    """A program that gives a home to the user."""

    name: str
    # Takes the home; returns the command line.
    command: Callable
    # What it gets on standard input, which stays open until it ends; takes the home.
    order: Callable = lambda _home: ""
    # What runs its programs to no end, for the shell.
    touch: str = ""
    # What says its version.
    version: tuple = ()
    # Whether it changes no more than the home itself, and whether another one does the very same.
    is_shallow: bool = False
    is_twin: bool = False

    def version_text(self):
        done = subprocess.run(self.version, capture_output=True, text=True)
        return (done.stdout or "?").splitlines()[0]


def docker_stacks(options):
    """What start.sh of docker-stacks does with CHOWN_HOME=yes: one chown, with the words of
    CHOWN_HOME_OPTS, none by default. CHOWN_EXTRA and CHOWN_EXTRA_OPTS are the same for others."""
    script = 'chown $CHOWN_HOME_OPTS "$NB_UID:$NB_GID" "$1"'
    variables = [f"CHOWN_HOME_OPTS={options}", f"NB_UID={UID}", f"NB_GID={GID}"]
    return lambda home: ["env", *variables, "bash", "-c", script, "start.sh", str(home)]


def chown_all(home):
    return ["chown", "-R", OWNER, str(home)]


def find(home):
    return [
        "find", str(home), "!", "(", "-user", str(UID), "-group", str(GID), ")",
        "-exec", "chown", "-h", OWNER, "{}", "+",
    ]


def walk(binary):
    def order(home):
        return json.dumps({"paths": [str(home)], "uid": UID, "gid": GID}) + "\n"

    version = ("sha256sum", str(binary))
    touch = f"{shlex.quote(str(binary))} --version"
    return Walker(WALK, lambda _home: [str(binary), "own-home"], order, touch, version)


def all_walkers(binary: Path):
    """All of them, ours first."""
    chown, bash = "chown --version", "bash -c 'chown --version'"
    versions = {name: (name, "--version") for name in ("chown", "find")}
    return [
        walk(binary),
        Walker(CHOWN, chown_all, touch=chown, version=versions["chown"]),
        Walker("docker-stacks -R", docker_stacks("-R"), touch=bash, is_twin=True),
        Walker("find -exec chown", find, touch=f"find --version; {chown}", version=versions["find"]),
        Walker("docker-stacks", docker_stacks(""), touch=bash, is_shallow=True),
    ]
