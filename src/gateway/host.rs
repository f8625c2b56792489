//! Which host names are answered.
//!
//! A page that a stranger serves can make its own name resolve to this machine (DNS rebinding) and
//! is then same-origin with whatever answers. A server without credentials is safe from that only
//! if it answers to names that nobody else can own.

use std::net::IpAddr;

use http::uri::Authority;

use super::http1::{Name, RequestHead, write};

/// The host that a request is for: a name in lower case or an IP address, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    name: String,
    /// The port, where one is named.
    pub port: Option<u16>,
}

/// Why a request's host cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// RFC 9112 §3.2 demands one.
    #[error("the request has no Host header")]
    Missing,
    /// Two of them may be read differently by two servers.
    #[error("the request has more than one Host header")]
    Several,
    /// Not `name`, `name:port`, `[v6]` or `[v6]:port`.
    #[error("the Host header is not a host name with an optional port")]
    Malformed,
}

impl Host {
    /// The host of a request: its target's, where that is a whole URL (RFC 9112 §3.2.2), else its
    /// one Host header's.
    pub fn of(head: &RequestHead) -> Result<Host, HostError> {
        let fields = head.fields();
        if fields.all(Name::Host).nth(1).is_some() {
            return Err(HostError::Several);
        }
        let value = fields.first(Name::Host).ok_or(HostError::Missing)?;
        match head.authority() {
            Some(authority) => Host::parse(authority),
            None => Host::parse(std::str::from_utf8(value).map_err(|_| HostError::Malformed)?),
        }
    }

    /// Reads `name`, `name:port`, `[v6]` or `[v6]:port`.
    pub fn parse(text: &str) -> Result<Host, HostError> {
        let authority: Authority = text.parse().map_err(|_| HostError::Malformed)?;
        let name = authority.host().to_ascii_lowercase();
        let port = match text.get(authority.host().len()..) {
            Some("") => None,
            Some(rest) => Some(port(rest).ok_or(HostError::Malformed)?),
            None => return Err(HostError::Malformed),
        };
        let well_formed = !name.is_empty() && text.starts_with(authority.host());
        if well_formed { Ok(Host { name, port }) } else { Err(HostError::Malformed) }
    }

    /// Writes it as `name` or `name:port`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name.as_bytes());
        if let Some(port) = self.port {
            out.push(b':');
            write::number(out, port.into());
        }
    }

    /// The name as it is compared: without brackets, without the root's dot at its end.
    pub fn name(&self) -> &str {
        let bare = self.name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let bare = bare.unwrap_or(&self.name);
        bare.strip_suffix('.').unwrap_or(bare)
    }

    /// Whether it is an address, or a name that always means this machine (RFC 6761 §6.3).
    fn is_safe(&self) -> bool {
        let name = self.name();
        name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok()
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

fn port(rest: &str) -> Option<u16> {
    let digits = rest.strip_prefix(':')?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// The host names that are answered.
#[derive(Debug, Clone)]
pub enum HostRule {
    /// Any: somebody before us has decided.
    Any,
    /// `localhost`, `*.localhost`, IP literals, and these: `name`, or `*.name` for all below it.
    These(Vec<String>),
}

impl HostRule {
    /// The rule for a list of settings; a port in an entry is ignored, `*` alone admits any name.
    pub fn new(allowed: &[String]) -> HostRule {
        if allowed.iter().any(|entry| entry.trim() == "*") {
            return HostRule::Any;
        }
        HostRule::These(allowed.iter().map(|entry| pattern(entry)).collect())
    }

    /// Whether a host is answered.
    pub fn admits(&self, host: &Host) -> bool {
        match self {
            HostRule::Any => true,
            HostRule::These(allowed) => {
                host.is_safe() || allowed.iter().any(|pattern| covers(pattern, host.name()))
            }
        }
    }
}

fn pattern(entry: &str) -> String {
    let entry = entry.trim().to_ascii_lowercase();
    let name = entry.strip_prefix("*.").unwrap_or(&entry);
    match Host::parse(name) {
        Ok(host) if name.len() < entry.len() => format!("*.{}", host.name()),
        Ok(host) => host.name().to_owned(),
        Err(_) => entry,
    }
}

fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => {
            name.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        }
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn admits(allowed: &[&str], host: &str) -> bool {
        let allowed: Vec<String> = allowed.iter().map(|&entry| entry.to_owned()).collect();
        Host::parse(host).is_ok_and(|host| HostRule::new(&allowed).admits(&host))
    }

    #[test]
    fn names_that_nobody_else_can_own_are_answered() {
        for host in [
            "localhost",
            "LOCALHOST:8070",
            "localhost.",
            "ide.localhost:1",
            "127.0.0.1",
            "192.168.7.9:8070",
            "[::1]",
            "[fe80::1]:8070",
            "0.0.0.0",
        ] {
            assert!(admits(&[], host), "{host}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for host in [
            "evil.example",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "2130706433",
            "0x7f000001",
            "127.1",
            "localhost:",
            "localhost:8070:1",
            "localhost:+1",
            "user@localhost",
            "[::1",
            "::1",
            "[evil]",
            "",
            " localhost",
            "localhost/x",
            "a b",
        ] {
            assert!(!admits(&[], host), "{host}");
        }
    }

    #[test]
    fn allowed_names_are_answered_and_wildcards_cover_what_is_below() {
        assert!(admits(&["ide.example.com"], "IDE.example.com:443"));
        assert!(admits(&["ide.example.com:8443"], "ide.example.com"));
        assert!(admits(&["*.example.com"], "a.b.example.com"));
        assert!(!admits(&["*.example.com"], "example.com"));
        assert!(!admits(&["*.example.com"], "evilexample.com"));
        assert!(!admits(&["example.com"], "sub.example.com"));
        assert!(admits(&["*"], "anything.at.all"));
    }

    fn of(first: &str, lines: &str) -> Result<Host, HostError> {
        let mut head = RequestHead::default();
        head.read(format!("{first} HTTP/1.1\r\n{lines}\r\n").as_bytes()).unwrap();
        Host::of(&head)
    }

    #[test]
    fn a_whole_url_as_target_counts_more_than_the_header() {
        let host = of("GET http://evil.example/x", "Host: localhost\r\n").unwrap();
        assert_eq!(host.name(), "evil.example");
    }

    #[test]
    fn one_host_header_is_needed() {
        assert_eq!(of("GET /", ""), Err(HostError::Missing));
        let twice = "Host: localhost\r\n".repeat(2);
        assert_eq!(of("GET /", &twice), Err(HostError::Several));
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = Host::parse(&text);
        }

        #[test]
        fn what_is_parsed_is_printed_the_same(name in "[a-z0-9.-]{1,20}", port: Option<u16>) {
            let text = port.map_or(name.clone(), |port| format!("{name}:{port}"));
            if let Ok(host) = Host::parse(&text) {
                prop_assert_eq!(host.to_string(), text);
            }
        }

        #[test]
        fn any_address_is_answered(address: std::net::Ipv4Addr, port: u16) {
            let text = format!("{}:{}", address, port);
            prop_assert!(admits(&[], &text));
        }

        #[test]
        fn no_public_name_is_answered_unasked(name in "[a-z]{1,8}(\\.[a-z]{2,6}){1,3}") {
            prop_assume!(!name.ends_with(".localhost"));
            prop_assert!(!admits(&[], &name));
        }
    }
}
