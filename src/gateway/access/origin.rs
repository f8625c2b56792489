//! Where pages come from.

use crate::gateway::host::Host;

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
    /// since a proxy before us may speak https where we speak http, and say nothing of it; it decides
    /// the default port.
    pub fn is_at(&self, host: &Host) -> bool {
        let default = self.default_port();
        self.host.name() == host.name() && self.host.port.or(default) == host.port.or(default)
    }

    /// Whether its pages come over http without TLS.
    pub fn is_plain_http(&self) -> bool {
        self.scheme == "http"
    }

    /// Whether it is this very origin, written in whatever way.
    pub fn is_same(&self, other: &Origin) -> bool {
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

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_at(origin: &str, host: &str) -> bool {
        Origin::parse(origin).unwrap().is_at(&Host::parse(host).unwrap())
    }

    #[test]
    fn a_default_port_may_be_left_out() {
        assert!(is_at("https://ide.example.com", "ide.example.com:443"));
        assert!(is_at("https://ide.example.com:443", "ide.example.com"));
        assert!(is_at("http://IDE.example.com", "ide.example.com:80"));
        assert!(!is_at("http://ide.example.com", "ide.example.com:443"));
    }

    #[test]
    fn an_origin_is_the_same_with_its_scheme_and_port_and_is_written_so() {
        let portal = Origin::parse("HTTPS://Portal.example.com/").unwrap();
        assert!(portal.is_same(&Origin::parse("https://portal.example.com:443").unwrap()));
        assert!(!portal.is_same(&Origin::parse("http://portal.example.com").unwrap()));
        assert_eq!(portal.to_string(), "https://portal.example.com");
        assert_eq!(Origin::parse("http://[::1]:3000").unwrap().to_string(), "http://[::1]:3000");
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_none() {
        for text in
            ["null", "", "localhost:8070", "http://", "http://a/b", "http://a?b", "http://a b"]
        {
            assert_eq!(Origin::parse(text), None, "{text:?}");
        }
    }
}
