//! What is known of a request before anybody answers it.

use std::net::IpAddr;
use std::sync::Arc;

use super::access::embedding::Verdict;
use super::base_path::BasePath;
use super::host::Host;
use super::port::Port;

/// What the first look at a request tells.
#[derive(Debug)]
pub struct Asked {
    /// The client's address; none on a Unix socket.
    pub peer: Option<IpAddr>,
    /// The host that the client asked for.
    pub host: Host,
    /// What another site's page has to do with it.
    pub verdict: Verdict,
    /// Whether a browser asks for a page.
    pub navigation: bool,
    /// Whether HTML is accepted, whatever the method.
    pub accepts_html: bool,
    /// Whether a WebSocket is asked for.
    pub websocket: bool,
    /// What is asked for.
    pub destination: Destination,
    /// The base path, for addresses in answers.
    pub base: Arc<BasePath>,
}

impl Asked {
    /// The base path, with its slashes.
    pub fn base(&self) -> &str {
        self.base.as_str()
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// The API: the path under the base path, `/api` or `/api/…`.
    Api(String),
    /// The IDE: any other path under the base path.
    Ide,
    /// Something that the user started on loopback.
    Port(Port),
    /// The base path without its last slash.
    BarePrefix,
    /// A path that is not under the base path.
    Elsewhere,
}

impl Destination {
    /// The path of the API that is asked for; empty where it is something else.
    pub fn api_path(&self) -> &str {
        match self {
            Destination::Api(path) => path,
            _ => "",
        }
    }
}

/// How far a request was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// All the way.
    Known,
    /// Only to what anybody may know: whether the server is healthy.
    Anonymous,
}
