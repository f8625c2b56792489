//! The built-in API server and reverse proxy, a process of its own without privileges.
//!
//! PID 1 starts it and tells it what it needs to know ([`config`]); over the control socket it
//! learns the services' state ([`control`]), says what its probes found ([`probe`]) and passes
//! commands on. It starts no process and sends no signal.
//!
//! A request goes from the [`listener`] to a [`connection`], and from there the way that [`way`]
//! composes: host, admission, then the API, the start-up page or the IDE, then the response policy.
//! What becomes a WebSocket there goes through a [`tunnel`], in a thread of its own.

mod access;
mod admission;
mod api;
mod app;
mod asked;
mod assets;
mod base_path;
mod client;
pub mod config;
mod connection;
mod control;
mod encoding;
mod ending;
mod facts;
mod form;
mod forward;
#[doc(hidden)]
pub mod fuzzing;
mod host;
mod http1;
mod ide;
mod listener;
mod metrics;
mod negotiation;
mod pages;
mod places;
mod policy;
mod port;
mod ports;
mod probe;
mod processes;
mod respond;
mod response;
mod rewrite;
mod server;
mod tunnel;
mod turn;
mod upstream;
mod way;
mod wire;

pub use self::assets::precompress;

use std::io::Read;

use anyhow::Context;

use self::config::Config;
use crate::sys;

/// Reads the configuration from `input` to its end, then serves until SIGTERM.
///
/// Returns an error where the configuration cannot be read, a value in it cannot be used, or the
/// address cannot be listened on; it names the value, the reason and the remedy.
pub fn run(mut input: impl Read) -> anyhow::Result<()> {
    let mut text = Vec::new();
    input.read_to_end(&mut text).context("cannot read the gateway's configuration")?;
    let config: Config = serde_json::from_slice(&text)
        .context("the gateway's configuration, which PID 1 writes to its standard input")?;
    sys::memory::return_large_blocks();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the gateway's runtime")?;
    let served = runtime.block_on(server::serve(config));
    // What has not finished by now is given up.
    runtime.shutdown_background();
    served
}
