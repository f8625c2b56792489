//! What the gateway is told when it starts.
//!
//! PID 1 writes one [`Config`] as JSON to the gateway's standard input and closes it, so that no
//! secret stands in an argument or a variable. The gateway reads nothing else: no environment
//! variable, no file but those in `cache_dir` and `precompressed_dir`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// Everything that the gateway needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Config {
    /// `standalone` or `jupyterhub`, for `GET /api`.
    pub mode: String,
    /// Where to listen.
    pub listen: Listen,
    /// The path under which everything is served, `/` or `/a/b/`: it starts and ends with a slash.
    /// In JupyterHub mode it is `/`, since jupyter-server-proxy strips its own prefix.
    pub base_path: String,
    /// The same as the browser has it, where somebody before us takes a part of it off.
    pub public_path: String,
    /// Where the IDE listens.
    pub ide: SocketAddr,
    /// PID 1's control socket.
    pub control_socket: PathBuf,
    /// The host names that may be asked for besides `localhost`, `*.localhost` and IP literals.
    /// A `*.` in front stands for any name below. Empty in JupyterHub mode, where the Hub's proxy
    /// has already decided and every host is answered.
    pub allowed_hosts: Vec<String>,
    /// The origins that may use WebSockets and unsafe methods besides the request's own.
    pub allowed_origins: Vec<String>,
    /// The token that lets a person in; none: whoever reaches the port may come in.
    pub token: Option<Secret>,
    /// The Permissions-Policy of all responses, in which what the IDE says counts where it is the
    /// stricter; none: headers are left as they are.
    pub permissions_policy: Option<String>,
    /// Whether a workbench gets its webviews from its own origin, whatever its settings say.
    #[serde(default)]
    pub turns_webviews: bool,
    /// The services to probe, with how.
    pub probes: Vec<Probe>,
    /// The ports that this container itself listens on, which nobody is let through to.
    #[serde(default)]
    pub own_ports: Vec<u16>,
    /// Where compressed forms of what the IDE serves are kept; none: in memory.
    #[serde(default)]
    pub cache_dir: Option<PathBuf>,
    /// Where the image brings such forms along, if it does.
    #[serde(default)]
    pub precompressed_dir: Option<PathBuf>,
    /// How long clients may take.
    #[serde(default)]
    pub timeouts: Timeouts,
}

/// How long clients may take, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timeouts {
    /// For a request's head, from its first byte on.
    pub head: u64,
    /// To begin another request on a connection that is kept open.
    pub idle: u64,
    /// Without sending any of a body, or without taking any of an answer or of what is on its way
    /// on a WebSocket that one end has closed. Those that both ends hold open have no limit.
    pub stalled: u64,
    /// To get its answer, or the next byte of a WebSocket, after it ended its own side of the
    /// connection: a client that hung up looks the same.
    pub half_closed: u64,
    /// For answers that are on their way when the gateway is to end. PID 1 waits for us, and others
    /// wait for PID 1.
    pub drain: u64,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { head: 30_000, idle: 75_000, stalled: 60_000, half_closed: 10_000, drain: 300 }
    }
}

macro_rules! durations {
    ($($name:ident)*) => {
        impl Timeouts {
            $(
                /// The limit of this name.
                pub fn $name(&self) -> Duration {
                    Duration::from_millis(self.$name)
                }
            )*
        }
    };
}

durations! { head idle stalled half_closed drain }

/// Where the gateway listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listen {
    /// An address and port, in standalone mode.
    Tcp(SocketAddr),
    /// A Unix socket, in JupyterHub mode. One that is left over from an earlier run is replaced.
    Unix(PathBuf),
}

/// A readiness probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The service that it is about.
    pub service: String,
    /// What is asked.
    pub ask: Ask,
}

/// What a service has to answer to be ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// `GET path` at `address`.
    Http {
        /// Where it listens.
        address: SocketAddr,
        /// The request target.
        path: String,
        /// The statuses that count as ready: at least the first, below the second.
        expect: (u16, u16),
    },
    /// The same over TLS. That it wants another certificate than none is an answer as well.
    Https {
        /// Where it listens.
        address: SocketAddr,
        /// The request target.
        path: String,
        /// The statuses that count as ready: at least the first, below the second.
        expect: (u16, u16),
        /// The certificate that it shows, a PEM file.
        certificate: PathBuf,
    },
    /// It takes connections there.
    Tcp(SocketAddr),
    /// It takes connections at this Unix socket.
    Unix(PathBuf),
}
