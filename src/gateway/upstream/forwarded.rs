//! What the IDE is told about the client.

use std::io::Write;
use std::net::IpAddr;

use crate::gateway::host::Host;
use crate::gateway::http1::{Name, Names, write};

/// The fields that are written anew: the host, and those with which a client could pass for another.
pub const REPLACED: Names = write::FORGEABLE.and(Names::of(&[Name::Host]));

/// Says who asks, in place of whatever the client said: address, host, scheme and base path, each
/// once. The port is told where the client named it; where it did not, it depends on the scheme
/// that a proxy before us speaks, which only that proxy knows.
pub fn write(out: &mut Vec<u8>, peer: Option<IpAddr>, host: &Host, prefix: Option<&str>) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "Host: {host}\r\n");
    if let Some(peer) = peer {
        let _ = write!(out, "X-Forwarded-For: {}\r\n", peer.to_canonical());
    }
    if let Some(port) = host.port {
        let _ = write!(out, "X-Forwarded-Port: {port}\r\n");
    }
    if let Some(prefix) = prefix {
        write::field(out, b"X-Forwarded-Prefix", prefix.as_bytes());
    }
    let _ = write!(out, "X-Forwarded-Host: {host}\r\nX-Forwarded-Proto: http\r\n");
}
