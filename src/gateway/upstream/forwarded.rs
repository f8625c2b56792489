//! What the IDE is told about the client.

use std::io::Write;
use std::net::IpAddr;

use crate::gateway::host::Host;
use crate::gateway::http1::{Name, Names, write};

/// The fields that are written anew: the host, and those with which a client could pass for another.
pub const REPLACED: Names = write::FORGEABLE.and(Names::of(&[Name::Host]));

/// Who asks, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// The client's address; none on a Unix socket.
    pub peer: Option<IpAddr>,
    /// The host that it asked for.
    pub host: &'a Host,
    /// Whether its browser is said to speak https.
    pub by_https: bool,
    /// The path that was taken off the target, without a slash at its end.
    pub prefix: Option<&'a str>,
}

/// Says who asks, in place of whatever the client said: address, host, scheme and base path, each
/// once. The port is told where the client named it; where it did not, it depends on the scheme
/// that a proxy before us speaks, which only that proxy knows.
pub fn write(out: &mut Vec<u8>, who: &Who<'_>) {
    host(out, b"Host: ", who.host);
    if let Some(peer) = who.peer {
        // Writing to a Vec cannot fail.
        let _ = write!(out, "X-Forwarded-For: {}\r\n", peer.to_canonical());
    }
    if let Some(port) = who.host.port {
        out.extend_from_slice(b"X-Forwarded-Port: ");
        write::number(out, port.into());
        out.extend_from_slice(b"\r\n");
    }
    if let Some(prefix) = who.prefix {
        write::field(out, b"X-Forwarded-Prefix", prefix.as_bytes());
    }
    host(out, b"X-Forwarded-Host: ", who.host);
    let scheme: &[u8] = if who.by_https { b"https" } else { b"http" };
    write::field(out, b"X-Forwarded-Proto", scheme);
}

fn host(out: &mut Vec<u8>, name: &[u8], host: &Host) {
    out.extend_from_slice(name);
    host.write(out);
    out.extend_from_slice(b"\r\n");
}
