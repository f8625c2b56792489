//! Whether a request was made by a page of this server.

use crate::gateway::host::Host;
use crate::gateway::http1::{Fields, Name};

/// A scheme, a host and a port (RFC 6454 §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: Host,
}

impl Origin {
    /// Reads `scheme://host[:port]`; a slash at the end is forgiven.
    pub fn parse(text: &str) -> Option<Origin> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let host = Host::parse(rest.strip_suffix('/').unwrap_or(rest)).ok()?;
        Some(Origin { scheme: scheme.to_ascii_lowercase(), host })
    }

    /// Whether a page of this origin belongs to the server at `host`. The scheme is not compared,
    /// since a proxy before us may speak https where we speak http; it decides the default port.
    fn is_at(&self, host: &Host) -> bool {
        let default = self.default_port();
        self.host.name() == host.name() && self.host.port.or(default) == host.port.or(default)
    }

    fn is_same(&self, other: &Origin) -> bool {
        self.scheme == other.scheme && self.is_at(&other.host)
    }

    fn default_port(&self) -> Option<u16> {
        match self.scheme.as_str() {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            _ => None,
        }
    }
}

/// What a request says about where it comes from. A page has no say in either header; a program
/// that is not a browser sends neither.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    origin: Option<&'a str>,
    fetch_site: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// Reads `Origin` and `Sec-Fetch-Site`. One that is there twice counts as a stranger's.
    pub fn of(fields: Fields<'a>) -> Claim<'a> {
        let read = |name| fields.has(name).then(|| fields.only(name).unwrap_or("null"));
        Claim { origin: read(Name::Origin), fetch_site: read(Name::SecFetchSite) }
    }

    /// Whether the request comes from a page of one of our `hosts` or of an `allowed` origin, from
    /// the person themselves, or from a program that is no browser.
    pub fn is_allowed(&self, hosts: &[Host], allowed: &[Origin]) -> bool {
        let own = matches!(self.fetch_site, Some("same-origin" | "none"));
        match self.origin {
            None => own || self.fetch_site.is_none(),
            Some(origin) => {
                own || Origin::parse(origin).is_some_and(|origin| {
                    hosts.iter().any(|host| origin.is_at(host))
                        || allowed.iter().any(|other| origin.is_same(other))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn allowed(origin: Option<&str>, site: Option<&str>, host: &str, others: &[&str]) -> bool {
        let others: Vec<_> = others.iter().map(|text| Origin::parse(text).unwrap()).collect();
        Claim { origin, fetch_site: site }.is_allowed(&[Host::parse(host).unwrap()], &others)
    }

    #[test]
    fn the_table() {
        let own = "127.0.0.1:8070";
        for (origin, site, expected) in [
            (None, None, true),
            (Some("http://127.0.0.1:8070"), None, true),
            (Some("https://127.0.0.1:8070"), Some("same-origin"), true),
            (None, Some("same-origin"), true),
            (None, Some("none"), true),
            (None, Some("same-site"), false),
            (None, Some("cross-site"), false),
            (Some("null"), None, false),
            (Some("null"), Some("cross-site"), false),
            (Some("http://127.0.0.1"), None, false),
            (Some("http://127.0.0.1:8071"), Some("same-site"), false),
            (Some("http://127.0.0.1:8070.evil.example"), None, false),
            (Some("http://evil.example"), Some("cross-site"), false),
            (Some("http://localhost:8070"), None, false),
            (Some(""), None, false),
        ] {
            assert_eq!(allowed(origin, site, own, &[]), expected, "{origin:?} {site:?}");
        }
    }

    #[test]
    fn a_default_port_may_be_left_out() {
        assert!(allowed(Some("https://ide.example.com"), None, "ide.example.com:443", &[]));
        assert!(allowed(Some("https://ide.example.com:443"), None, "ide.example.com", &[]));
        assert!(allowed(Some("http://IDE.example.com"), None, "ide.example.com:80", &[]));
        assert!(!allowed(Some("http://ide.example.com"), None, "ide.example.com:443", &[]));
    }

    #[test]
    fn an_allowed_origin_is_let_in_with_its_scheme() {
        let others = ["https://portal.example.com/"];
        let host = "ide.example.com";
        assert!(allowed(Some("https://portal.example.com"), Some("same-site"), host, &others));
        assert!(!allowed(Some("http://portal.example.com"), Some("same-site"), host, &others));
        assert!(!allowed(Some("https://portal.example.com.evil"), None, host, &others));
    }

    #[test]
    fn two_origins_are_a_strangers() {
        let mut head = crate::gateway::http1::RequestHead::default();
        let lines = "Origin: http://localhost\r\n".repeat(2);
        head.read(format!("POST / HTTP/1.1\r\n{lines}\r\n").as_bytes()).unwrap();
        let claim = Claim::of(head.fields());
        assert!(!claim.is_allowed(&[Host::parse("localhost").unwrap()], &[]));
    }

    proptest! {
        #[test]
        fn no_other_host_passes_for_ours(other in "[a-z]{1,8}\\.[a-z]{2,4}", port: u16) {
            let origin = format!("http://{other}:{port}");
            prop_assert!(!allowed(Some(&origin), None, "localhost:8070", &[]));
            prop_assert!(!allowed(Some(&origin), Some("cross-site"), "localhost:8070", &[]));
        }
    }
}
