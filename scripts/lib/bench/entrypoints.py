"""Entrypoints of a container with the IDE on 8071 and a front on 8070: waiide-init, what it replaces,
and what others build of supervisors, a shell and nginx. Each makes the home, gives it to the user, and
runs the IDE as the user."""

import os
import shlex
from dataclasses import replace

import nginx
from container import MOUNTED
from peers import BINARY, Peer, packaged

OURS, OLD, STACKS = "waiide-init", "shell, su, api_server.py", "docker-stacks' way"
PORT, IDE_PORT = 8070, 8071
NODE, SERVER = "/mnt/node/bin/node", "/mnt/server/out/server-main.js"
HOME = "/home/calliope"
# What all of them do to the home.
PROVISION = (
    f"mkdir -p {HOME}/workspace {HOME}/.jupyter {HOME}/.WAIIDE-server\n"
    f"chown -R 1000:100 {HOME}\nexport HOME={HOME}\n"
)


def ide(stamp):
    """The IDE's command line; the moment of its exec is told."""
    return [
        str(MOUNTED / "bin/launcher"), stamp, NODE, SERVER, "--host", "127.0.0.1", "--port", str(IDE_PORT),
        "--without-connection-token", "--accept-server-license-terms",
        "--server-data-dir", f"{HOME}/.WAIIDE-server", "--default-folder", f"{HOME}/workspace",
    ]


def write(path, text):
    path.write_text(text)
    path.chmod(0o755)


def front(folder, seen):
    """nginx's command line, with a configuration of its own."""
    return [str(word) for word in nginx.command(folder, "front", nginx.proxying(PORT, IDE_PORT), seen)]


def ours(_folder, _seen, service):
    return ["WAIIDE_IDE_COMMAND=" + shlex.join(ide(service[1]))], [BINARY, "run"]


def old(folder, seen, service):
    """As the documents of the system have it: root makes and chowns, su drops, Python starts and
    proxies."""
    server = ["python3", str(MOUNTED / "api_server.py"), str(PORT), str(IDE_PORT), *ide(service[1])]
    write(folder / "entrypoint.sh", f"#!/bin/bash\nset -e\n{PROVISION}exec su calliope -c {shlex.quote(shlex.join(server))}\n")
    return [], ["/bin/bash", str(seen / "entrypoint.sh")]


def with_shell(folder, seen, service, drop):
    """A script that provisions, and then starts both: the front behind, the IDE in its place."""
    lines = f"{shlex.join(front(folder, seen))} &\nexec {drop} {shlex.join(ide(service[1]))}\n"
    write(folder / "entrypoint.sh", f"#!/bin/bash\nset -e\n{PROVISION}{lines}")
    return [], ["/usr/bin/tini", "-g", "--", "/bin/bash", str(seen / "entrypoint.sh")]


def tini(folder, seen, service):
    return with_shell(folder, seen, service, "setpriv --reuid 1000 --regid 100 --init-groups --")


def stacks(folder, seen, service):
    """Its start.sh gives the home away and drops with sudo, which sets the home and keeps variables."""
    return with_shell(folder, seen, service, "sudo --preserve-env --set-home --user calliope --")


def tree_of_services(folder, seen, service, drop, scan):
    """One directory with a run file for each, as s6's and runit's documentation has it."""
    for name, command in (("ide", [*drop, *ide(service[1])]), ("front", front(folder, seen))):
        directory = folder / "services" / name
        directory.mkdir(parents=True)
        write(directory / "run", "#!/bin/sh\nexec " + shlex.join(command) + "\n")
    # runsvdir waits a second where the folder was changed in the present one.
    os.utime(folder / "services", (1e9, 1e9))
    write(folder / "entrypoint.sh", f"#!/bin/bash\nset -e\n{PROVISION}exec {scan} {seen / 'services'}\n")
    return [], ["/bin/bash", str(seen / "entrypoint.sh")]


def s6(folder, seen, service):
    return tree_of_services(folder, seen, service, ["s6-setuidgid", "calliope"], "s6-svscan")


def runit(folder, seen, service):
    return tree_of_services(folder, seen, service, ["chpst", "-u", "calliope"], "runsvdir -P")


def supervisord(folder, seen, service):
    (folder / "supervisord.conf").write_text(
        "[supervisord]\nnodaemon=true\nuser=root\nlogfile=/tmp/supervisord.log\npidfile=/tmp/supervisord.pid\n"
        f"[program:ide]\nuser=calliope\nenvironment=HOME={HOME}\ncommand={shlex.join(ide(service[1]))}\n"
        f"[program:front]\ncommand={shlex.join(front(folder, seen))}\n"
    )
    start = f"exec supervisord -c {seen / 'supervisord.conf'}\n"
    write(folder / "entrypoint.sh", f"#!/bin/bash\nset -e\n{PROVISION}{start}")
    return [], ["/bin/bash", str(seen / "entrypoint.sh")]


def all_entrypoints(folder):
    """All of them, waiide-init first. `folder` is the cache folder."""
    binary = str(folder / "bin/waiide-init")
    return [
        Peer(OURS, ours, binary, ["sha256sum", binary]),
        Peer(OLD, old, "/usr/bin/python3", ["/usr/bin/python3", "--version"]),
        replace(packaged("tini", stacks), name=STACKS, file="/usr/bin/sudo", version=["dpkg-query", "-W", "-f", "${Version}", "sudo"]),
        packaged("s6", s6, "s6-svscan"),
        packaged("runit", runit, "runsvdir"),
        packaged("supervisord", supervisord, "supervisord", "supervisor"),
        replace(packaged("tini", tini), name="tini and a shell"),
    ]
