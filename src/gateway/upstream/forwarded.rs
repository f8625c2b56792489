//! What the IDE is told about the client.

use std::net::IpAddr;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::gateway::host::Host;

/// Fields that a client could use to pass for another, besides all that start with `X-Forwarded-`.
const FORGEABLE: [HeaderName; 5] = [
    header::FORWARDED,
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("x-original-host"),
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-proxycontextpath"),
];

/// Says who asks, replacing whatever the client said: address, host, scheme and base path, each
/// once. The port is told where the client named it; where it did not, it depends on the scheme
/// that a proxy before us speaks, which only that proxy knows.
pub fn replace(headers: &mut HeaderMap, peer: Option<IpAddr>, host: &Host, prefix: Option<&str>) {
    remove(headers);
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    if let Some(peer) = peer {
        set("x-forwarded-for", peer.to_canonical().to_string());
    }
    if let Some(port) = host.port {
        set("x-forwarded-port", port.to_string());
    }
    if let Some(prefix) = prefix {
        set("x-forwarded-prefix", prefix.to_owned());
    }
    set("x-forwarded-host", host.to_string());
    set("x-forwarded-proto", "http".to_owned());
}

fn remove(headers: &mut HeaderMap) {
    let forwarded = headers.keys().filter(|name| name.as_str().starts_with("x-forwarded-"));
    for name in forwarded.cloned().collect::<Vec<_>>().iter().chain(&FORGEABLE) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
        headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    #[test]
    fn what_a_client_says_of_itself_is_replaced() {
        let mut headers = HeaderMap::new();
        for name in ["x-forwarded-for", "x-forwarded-host", "x-forwarded-context", "forwarded"] {
            headers.append(name, "forged".parse().unwrap());
            headers.append(name, "twice".parse().unwrap());
        }
        let host = Host::parse("localhost:8070").unwrap();
        replace(&mut headers, "192.0.2.1".parse().ok(), &host, Some("/user/alice"));
        assert_eq!(values(&headers, "x-forwarded-for"), ["192.0.2.1"]);
        assert_eq!(values(&headers, "x-forwarded-host"), ["localhost:8070"]);
        assert_eq!(values(&headers, "x-forwarded-port"), ["8070"]);
        assert_eq!(values(&headers, "x-forwarded-proto"), ["http"]);
        assert_eq!(values(&headers, "x-forwarded-prefix"), ["/user/alice"]);
        assert_eq!(headers.len(), 5);
    }

    proptest! {
        #[test]
        fn each_field_is_there_at_most_once(names in proptest::collection::vec(
            "x-forwarded-(for|host|proto|port|prefix|server)", 0..10)) {
            let mut headers = HeaderMap::new();
            for name in &names {
                headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), "forged".parse().unwrap());
            }
            replace(&mut headers, None, &Host::parse("a").unwrap(), None);
            prop_assert!(headers.values().all(|value| value != "forged"));
            prop_assert_eq!(headers.len(), headers.keys_len());
        }
    }
}
