"""From the start of the container until a person has the workbench: exec of PID 1 to that of the IDE,
to the first byte on the public port, to the workbench's page, to a workbench that can be used."""

import os
import shutil

from arriving import compared
from entrypoints import PORT
from networks import own_network

NAME = "opening"
NOTES = ["all from exec of PID 1; the home is new, with one file in its workspace"]


def run(bench):
    here = bench.choose({peer.name: peer.version_text()[:20] for peer in bench.known if peer.is_here()})
    # The browser stands in the same network.
    with own_network():
        table = compared(bench, "a new container with the real IDE", lambda peer: started(bench, peer), [here, *NOTES])
    return [table]


def started(bench, peer):
    container = bench.containers.start(peer, home=new_home(bench.folder_of_run / "home"))
    container.port = PORT
    return container


def new_home(home):
    """It belongs to the user. The explorer has something to list."""
    shutil.rmtree(home, ignore_errors=True)
    (home / "workspace").mkdir(parents=True)
    (home / "workspace/README.md").write_text("A file.\n")
    for path in (home, home / "workspace", home / "workspace/README.md"):
        os.chown(path, 1000, 100)
    return home
