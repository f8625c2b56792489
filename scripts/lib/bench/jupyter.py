"""A Jupyter server with jupyter-server-proxy, which lets everybody in: behind a Hub its own check would
have to be paid, too."""


def server(environment, home, ip, port, *more):
    """The command line and the variables. `home` is made, and has all that it writes."""
    home.mkdir(exist_ok=True)
    names = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    env = {"HOME": str(home), **{f"JUPYTER_{name}": str(home) for name in names}}
    command = [
        environment / "bin/jupyter-server", "--no-browser", "--allow-root", "--log-level=ERROR",
        f"--ServerApp.ip={ip}", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        "--IdentityProvider.token=", "--PasswordIdentityProvider.hashed_password=",
        f"--ServerApp.root_dir={home}", *more,
    ]
    return command, env
