//! What a request's head says about who asks, and for what.

use super::http1::{Fields, Name, RequestHead, Version};

/// Whether a person's browser asks for a page: `Sec-Fetch-Mode: navigate`, or HTML among what is
/// accepted. Such a request gets pages rather than JSON.
pub fn is_navigation(head: &RequestHead) -> bool {
    let fields = head.fields();
    let navigates = || fields.only(Name::SecFetchMode) == Some("navigate");
    head.reads() && !is_websocket(head) && (navigates() || accepts_html(fields))
}

/// Whether HTML is among what is accepted by name; `*/*`, which curl sends, is not.
pub fn accepts_html(fields: Fields<'_>) -> bool {
    let ranges = fields.tokens(Name::Accept).filter_map(|range| range.split(';').next());
    ranges.map(str::trim).any(|media_type| media_type.eq_ignore_ascii_case("text/html"))
}

/// Whether a WebSocket is asked for, which GET alone does (RFC 6455 §4.1). HTTP/1.0 has no upgrades
/// (RFC 9110 §7.8).
pub fn is_websocket(head: &RequestHead) -> bool {
    let fields = head.fields();
    head.method() == "GET"
        && head.version() == Version::Http11
        && fields.has_token(Name::Connection, "upgrade")
        && fields.has_token(Name::Upgrade, "websocket")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(method: &str, lines: &str) -> RequestHead {
        let mut head = RequestHead::default();
        head.read(format!("{method} / HTTP/1.1\r\n{lines}\r\n").as_bytes()).unwrap();
        head
    }

    #[test]
    fn a_browser_navigates_and_curl_does_not() {
        for (lines, expected) in [
            ("Sec-Fetch-Mode: navigate\r\n", true),
            ("Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n", true),
            ("Accept: application/json, Text/HTML;q=0.1\r\n", true),
            ("Accept: */*\r\n", false),
            ("Sec-Fetch-Mode: cors\r\nAccept: */*\r\n", false),
            ("Accept: text/htmlx\r\n", false),
            ("", false),
        ] {
            assert_eq!(is_navigation(&head("GET", lines)), expected, "{lines:?}");
            assert!(!is_navigation(&head("POST", lines)));
        }
    }

    #[test]
    fn a_websocket_needs_both_headers() {
        let asks = |lines| is_websocket(&head("GET", lines));
        assert!(asks("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"));
        assert!(!asks("Upgrade: websocket\r\n"));
        assert!(!asks("Connection: upgrade\r\nUpgrade: h2c\r\n"));
    }

    #[test]
    fn a_header_that_is_there_twice_is_not_the_only_one() {
        let twice = head("GET", "Origin: http://a\r\nOrigin: http://b\r\n");
        assert_eq!(twice.fields().only(Name::Origin), None);
    }
}
