//! Header fields that are about one connection, and end with it.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::gateway::facts;

/// The fields that RFC 9110 §7.6.1 names, and the two of RFC 9110 §11.7 that are for a proxy.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Fields that `Connection` cannot take away, since a message means something else without them.
const KEPT: [HeaderName; 3] = [header::HOST, header::CONTENT_LENGTH, header::CONTENT_TYPE];

/// Removes what was about the connection that a message came over, and what its `Connection` names.
pub fn remove(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = facts::tokens(headers, &header::CONNECTION)
        .filter_map(|token| HeaderName::from_bytes(token.as_bytes()).ok())
        .filter(|name| !KEPT.contains(name))
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// What a request needs on its next connection, as far as it had it on the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    chunked: bool,
    trailers: bool,
    websocket: bool,
}

impl Wishes {
    /// Reads them, before [`remove`] takes them away.
    pub fn of(headers: &HeaderMap) -> Wishes {
        Wishes {
            chunked: headers.contains_key(header::TRANSFER_ENCODING),
            trailers: facts::has_token(headers, &header::TE, "trailers"),
            websocket: facts::is_websocket(headers),
        }
    }

    /// Those of an answer that turns its connection into a WebSocket.
    pub fn websocket() -> Wishes {
        Wishes { chunked: false, trailers: false, websocket: true }
    }

    /// Writes them for the next connection. Of upgrades only a WebSocket's is passed on.
    pub fn write(self, headers: &mut HeaderMap) {
        let mut set =
            |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
        if self.chunked {
            set(header::TRANSFER_ENCODING, "chunked");
        }
        if self.trailers {
            set(header::TE, "trailers");
            set(header::CONNECTION, "te");
        }
        if self.websocket {
            set(header::UPGRADE, "websocket");
            set(header::CONNECTION, "Upgrade");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        map
    }

    #[test]
    fn what_connection_names_goes_too_but_for_what_gives_a_message_its_meaning() {
        let mut headers = map(&[
            ("connection", "close, X-Secret"),
            ("connection", "content-length, host"),
            ("x-secret", "1"),
            ("content-length", "3"),
            ("host", "a"),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "x"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("etag", "b"),
        ]);
        remove(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["content-length", "etag", "host"]);
    }

    #[test]
    fn a_websockets_wish_is_passed_on_and_another_upgrades_is_not() {
        for (upgrade, passed) in [("websocket", true), ("h2c", false)] {
            let mut headers = map(&[("connection", "Upgrade"), ("upgrade", upgrade)]);
            let wishes = Wishes::of(&headers);
            remove(&mut headers);
            wishes.write(&mut headers);
            assert_eq!(headers.contains_key(header::UPGRADE), passed);
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_named_or_hop_by_hop_is_left(
            names in proptest::collection::vec("x-[a-z]{1,4}", 0..6),
            connection in proptest::collection::vec("x-[a-z]{1,4}", 0..6),
        ) {
            let mut headers = HeaderMap::new();
            for name in &names {
                headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), "1".parse().unwrap());
            }
            headers.insert(header::CONNECTION, connection.join(", ").parse().unwrap());
            remove(&mut headers);
            for name in names {
                prop_assert_eq!(headers.contains_key(&name), !connection.contains(&name));
            }
            prop_assert!(HOP_BY_HOP.iter().all(|name| !headers.contains_key(name)));
        }
    }
}
