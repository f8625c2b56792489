"""From the start of `docker run` until a person has the workbench: exec of docker's client to that of the
IDE, to the first byte on the public port, to the workbench's page, to a workbench that can be used."""

import shlex

from arriving import compared
from engine import Runs
from entrypoints import OURS
from hubs import docker
from networks import network_of
from peers import BINARY
from session import NoAnswer

NAME = "docker"
NOTES = [
    "all from exec of docker run; the container is new, from one image for all, without a volume, and its home "
    "has one file in its workspace",
    "all have the network of an idle container, loopback alone, and the browser stands in it: a published port's "
    "proxy holds what is asked too early until long after the container answers; so no bridge is set up in any",
    "mounted: one folder, with the peer's own scripts and configuration, and the socket that the exec of the IDE "
    "is told at",
]


def run(bench):
    if not bench.image:
        raise NoAnswer("there is no image to run")
    here = bench.choose(in_image(bench.image, bench.known))
    bench.runs = Runs(bench.folder, bench.image)
    with network_of(bench.runs.holder_pid):
        table = compared(bench, "docker run of a new container with the real IDE", bench.runs.start, [here, *NOTES])
    return [table]


def in_image(image, peers):
    """The versions of those that it has, by name."""
    lines = []
    for peer in peers:
        file, version = peer.file, shlex.join(peer.version)
        if peer.name == OURS:
            file, version = BINARY, f"sha256sum {BINARY}"
        lines.append(f"[ ! -e {file} ] || printf '%s\\t%.20s\\n' {shlex.quote(peer.name)} \"$({version})\"")
    told = docker("run", "--rm", "--entrypoint", "/bin/sh", image, "-c", "\n".join(lines))
    return dict(line.split("\t") for line in told.splitlines())
