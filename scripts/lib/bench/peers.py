"""waiide-init and its peers: what each is, and its documented minimal configuration."""

import os
import shlex
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from signal import SIGHUP, SIGTERM
from typing import Callable

from container import MOUNTED


@dataclass(frozen=True)
class Peer:
    """A program that can be PID 1."""

    name: str
    # Takes its configuration folder, the same as seen inside, and the service's words;
    # returns variables (NAME=VALUE) and the command line.
    prepare: Callable
    # What has to be there, as seen from outside, and what says its version.
    file: str = ""
    version: list = field(default_factory=list)
    # Whether it starts a service again that ended.
    respawns: bool = True
    # By what it is told to stop.
    stop_signal: int = SIGTERM
    # After how many seconds a stop that it was told of has surely ended.
    stops_within: float = 2
    # How it is told to forget earlier ends, where those make later restarts slower.
    forget: tuple = ()
    restart: tuple = ()

    def is_here(self):
        return Path(self.file).is_file()

    def version_text(self):
        """Its version, for the head of the report."""
        try:
            done = subprocess.run(self.version, capture_output=True, text=True, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            return "?"
        return (done.stdout or "?").splitlines()[0].removeprefix("horust ").rstrip(":")


def script(folder, name, service):
    """The run file of s6 and of runit, as their documentation has it."""
    directory = folder / name
    directory.mkdir(parents=True)
    run = directory / "run"
    run.write_text("#!/bin/sh\nexec " + shlex.join(service) + "\n")
    run.chmod(0o755)
    # runsvdir waits a second where the folder was changed in the present one.
    os.utime(folder, (1e9, 1e9))


def waiide_run(*flags, binary=str(MOUNTED / "bin/waiide-init")):
    def prepare(_folder, _seen, service):
        env = ["WAIIDE_IDE_COMMAND=" + shlex.join(service)]
        return env, [binary, "run", *flags]

    return prepare


def waiide_program(_folder, _seen, service):
    return [], [str(MOUNTED / "bin/waiide-init"), "--", *service]


def before_program(*command):
    return lambda _folder, _seen, service: ([], [*command, *service])


def s6(folder, seen, service):
    script(folder, "service", service)
    return [], ["/usr/bin/s6-svscan", str(seen)]


def runit(folder, seen, service):
    script(folder, "service", service)
    return [], ["/usr/bin/runsvdir", "-P", str(seen)]


def supervisord(folder, seen, service):
    """Files and sockets in /tmp, which is the container's own."""
    (folder / "supervisord.conf").write_text(
        "[supervisord]\nnodaemon=true\nuser=root\n"
        "logfile=/tmp/supervisord.log\npidfile=/tmp/supervisord.pid\n"
        "[program:service]\nautorestart=true\ncommand=" + shlex.join(service) + "\n"
    )
    return [], ["/usr/bin/supervisord", "-c", str(seen / "supervisord.conf")]


def horust(folder, seen, service):
    (folder / "service.toml").write_text(
        f"command = {shlex.join(service)!r}\n[restart]\nstrategy = 'always'\nbackoff = '0s'\n"
    )
    return [], [str(MOUNTED / "horust/bin/horust"), "--services-path", str(seen)]


def circus(folder, seen, service):
    """Its own sockets in /tmp, in place of ports."""
    ends = "".join(f"{name} = ipc:///tmp/circus-{name}\n" for name in ("endpoint", "pubsub_endpoint"))
    (folder / "circus.ini").write_text(
        f"[circus]\n{ends}[watcher:service]\ncmd = {shlex.join(service)}\ncopy_env = True\n"
    )
    return [], [str(MOUNTED / "circus/bin/circusd"), str(seen / "circus.ini")]


def packaged(name, prepare, program=None, package=None):
    """A peer from a Debian package."""
    version = ["dpkg-query", "-W", "-f", "${Version}", package or name]
    return Peer(name, prepare, f"/usr/bin/{program or name}", version)


RUN, PROGRAM = "waiide-init run", "waiide-init --"
BINARY = str(MOUNTED / "bin/waiide-init")


def all_peers(folder):
    """All of them, waiide-init first. `folder` is the cache folder."""
    ours = str(folder / "bin/waiide-init")
    version = ["sha256sum", ours]
    asks = {"forget": (BINARY, "start", "ide"), "restart": (BINARY, "restart", "ide")}
    rust = str(folder / "horust/bin/horust")
    circusd = str(folder / "circus/bin/circusd")
    installed = ["cargo", "install", "--list", "--root", str(folder / "horust")]
    return [
        Peer(RUN, waiide_run(), ours, version, **asks),
        Peer(PROGRAM, waiide_program, ours, version, respawns=False),
        replace(packaged("tini", before_program("/usr/bin/tini", "--")), respawns=False),
        replace(packaged("dumb-init", before_program("/usr/bin/dumb-init", "--")), respawns=False),
        packaged("s6", s6, "s6-svscan"),
        packaged("runit", runit, "runsvdir"),
        packaged("supervisord", supervisord, "supervisord", "supervisor"),
        Peer("horust", horust, rust, installed, stops_within=7),
        Peer("circus", circus, circusd, [circusd, "--version"], stops_within=5),
    ]


def with_short_stop(peers):
    """waiide-init with a stop timeout of one second, where it is here."""
    return [
        replace(peer, name=RUN + " (1s)", prepare=waiide_run("--stop-timeout", "1s"))
        for peer in peers
        if peer.name == RUN
    ]


def with_hangup(peers):
    """runit's other signal, by which it tells its services to end."""
    hangup = {"name": "runit (HUP)", "stop_signal": SIGHUP}
    return [replace(peer, **hangup) for peer in peers if peer.name == "runit"]
