//! Whether the process that listens at an address belongs to the service that should.
//!
//! On a network that is shared with others, somebody else's server may hold the port already. It
//! would answer the probe, and be shown to the user in the IDE's place.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::gateway::processes;

/// The state of a listening socket in /proc/net/tcp (include/net/tcp_states.h).
const LISTEN: &str = "0A";

/// A port that another process than the service's holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    port: u16,
    holder: Option<(i32, String)>,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "port {} is held by another process", self.port)?;
        match &self.holder {
            Some((pid, name)) => write!(f, " (pid {pid}, {name})"),
            None => Ok(()),
        }
    }
}

/// The foreign holder of an address that the service with main process `pid` should hold. None
/// where nobody listens, where the service does, and where /proc does not let us look into any of
/// its processes.
pub fn foreign(address: SocketAddr, pid: i32) -> Option<Foreign> {
    let inodes = listening_inodes(address);
    let first = *inodes.first()?;
    if may_hold(&inodes, processes::of_service(pid).into_iter().map(processes::sockets)) {
        return None;
    }
    let holder =
        processes::holder(first).map(|pid| (pid, processes::name(pid).unwrap_or_default()));
    Some(Foreign { port: address.port(), holder })
}

/// Whether one of a service's processes holds one of these sockets, by the sockets of each. Those
/// that can't be looked into, such as an ssh-agent, are passed over, unless all of them are.
fn may_hold(inodes: &[u64], sockets: impl Iterator<Item = Option<HashSet<u64>>>) -> bool {
    let mut readable = sockets.flatten().peekable();
    readable.peek().is_none() || readable.any(|held| inodes.iter().any(|one| held.contains(one)))
}

/// The sockets that get connections to an address: those bound to it, or else the wildcard's.
fn listening_inodes(address: SocketAddr) -> Vec<u64> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"]
        .map(|path| fs::read_to_string(path).unwrap_or_default());
    let listeners: Vec<_> =
        tables.iter().flat_map(|table| table.lines()).filter_map(parse_line).collect();
    let bound_to = |wanted: &dyn Fn(IpAddr) -> bool| -> Vec<u64> {
        let fits =
            listeners.iter().filter(|(at, _)| at.port() == address.port() && wanted(at.ip()));
        fits.map(|(_, inode)| *inode).collect()
    };
    let exact = bound_to(&|ip| ip.to_canonical() == address.ip().to_canonical());
    if exact.is_empty() { bound_to(&|ip| ip.is_unspecified()) } else { exact }
}

/// Reads a line of /proc/net/tcp or tcp6 (proc_net_tcp(5)): a listener's address and inode.
fn parse_line(line: &str) -> Option<(SocketAddr, u64)> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let local = fields.next()?;
    if fields.nth(1)? != LISTEN {
        return None;
    }
    let inode = fields.nth(5)?.parse().ok()?;
    let (ip, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    Some((SocketAddr::new(parse_ip(ip)?, port), inode))
}

/// Reads an address as the kernel prints it: 32-bit words in the machine's byte order.
fn parse_ip(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let octets: [u8; 16] = words.concat().try_into().ok()?;
            Some(IpAddr::V6(Ipv6Addr::from(octets)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    #[test]
    fn our_own_listener_is_not_foreign() {
        let own = i32::try_from(std::process::id()).unwrap();
        for address in ["127.0.0.1:0", "0.0.0.0:0", "[::]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                continue;
            };
            let port = listener.local_addr().unwrap().port();
            assert_eq!(foreign(SocketAddr::from(([127, 0, 0, 1], port)), own), None, "{address}");
        }
    }

    #[test]
    fn another_services_listener_is_foreign_and_named() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut other = Command::new("sleep").arg("30").stdin(Stdio::null()).spawn().unwrap();
        let found = foreign(address, i32::try_from(other.id()).unwrap());
        other.kill().unwrap();
        other.wait().unwrap();
        let text = found.expect("the listener is not the sleeper's").to_string();
        let expected = format!("port {} is held by another process (pid ", address.port());
        assert!(text.starts_with(&expected), "{text}");
    }

    #[test]
    fn a_process_that_cannot_be_looked_into_hides_none_of_the_others() {
        let holds = |sockets: &[Option<&[u64]>]| {
            let sets = sockets.iter().map(|held| held.map(|held| held.iter().copied().collect()));
            may_hold(&[7, 8], sets)
        };
        assert!(!holds(&[None, Some(&[1]), None]));
        assert!(!holds(&[Some(&[]), None]));
        assert!(holds(&[None, Some(&[1]), Some(&[2, 8])]));
        assert!(holds(&[None, None]), "it can't be told");
    }

    #[test]
    fn nobody_who_listens_is_nobody_foreign() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert_eq!(foreign(address, 1), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn addresses_are_in_the_machines_byte_order() {
        assert_eq!(parse_ip("0100007F"), Some("127.0.0.1".parse().unwrap()));
        assert_eq!(parse_ip("00000000000000000000000001000000"), Some("::1".parse().unwrap()));
        assert_eq!(parse_ip("zz"), None);
    }
}
