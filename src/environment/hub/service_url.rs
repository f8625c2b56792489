//! `JUPYTERHUB_SERVICE_URL`: where the Hub wants its server to listen.

use super::HubError;

/// `http[s]://<host>:<port><path>`, where the host may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl {
    /// Whether the Hub wants TLS (internal_ssl).
    pub tls: bool,
    /// The host; none stands for all addresses.
    pub host: Option<String>,
    /// The port; 80 or 443 where the URL has none.
    pub port: u16,
    /// What follows, `/` at least.
    pub path: String,
}

impl ServiceUrl {
    /// Whether a probe can reach it: not at a name, which is not looked up.
    pub fn can_be_probed(&self) -> bool {
        let is_address = |host: &String| host.parse::<std::net::IpAddr>().is_ok();
        self.host.as_ref().is_none_or(is_address)
    }

    /// Takes the URL apart.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(url: &str) -> Result<Self, HubError> {
        let unusable = |reason| HubError::Unusable {
            name: "JUPYTERHUB_SERVICE_URL",
            value: url.to_owned(),
            reason,
        };
        let (tls, rest) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => {
                return Err(unusable("expected http:// or https://, a host, a port and a path"));
            }
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let (host, port) = split_port(authority).ok_or_else(|| unusable("its port is none"))?;
        Ok(ServiceUrl {
            tls,
            host: (!host.is_empty()).then(|| host.to_owned()),
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            path: path.to_owned(),
        })
    }
}

/// Host, without the brackets of an IPv6 address, and port. None for a port that is none.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match port {
        None | Some("") => Some((host, None)),
        Some(text) => match text.parse::<u16>() {
            Ok(port) if port > 0 => Some((host, Some(port))),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_url_is_taken_apart() {
        let parts = |url| {
            let url = ServiceUrl::parse(url).unwrap();
            (url.tls, url.host, url.port, url.path)
        };
        let some = |host: &str| Some(host.to_owned());
        assert_eq!(parts("http://:8888/u/"), (false, None, 8888, "/u/".into()));
        assert_eq!(parts("https://[::1]:1/"), (true, some("::1"), 1, "/".into()));
        assert_eq!(parts("http://0.0.0.0"), (false, some("0.0.0.0"), 80, "/".into()));
        assert_eq!(parts("https://h/x"), (true, some("h"), 443, "/x".into()));
        for bad in ["", "h:80", "http://h:0/", "http://h:99999/", "ftp://h/", "http://h:x/"] {
            assert!(ServiceUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
