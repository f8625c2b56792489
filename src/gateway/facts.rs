//! What a request's head says about who asks, and for what.

use http::Method;
use http::header::{self, HeaderMap, HeaderName};

/// Whether a person's browser asks for a page: `Sec-Fetch-Mode: navigate`, or HTML among what is
/// accepted. Such a request gets pages rather than JSON.
pub fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let navigates = only(headers, &HeaderName::from_static("sec-fetch-mode")) == Some("navigate");
    reads && !is_websocket(headers) && (navigates || accepts_html(headers))
}

/// Whether HTML is among what is accepted by name; `*/*`, which curl sends, is not.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter();
    accepts.filter_map(|value| value.to_str().ok()).any(|value| {
        value
            .split(',')
            .filter_map(|range| range.split(';').next())
            .any(|media_type| media_type.trim().eq_ignore_ascii_case("text/html"))
    })
}

/// Whether a WebSocket is asked for (RFC 6455 §4.1).
pub fn is_websocket(headers: &HeaderMap) -> bool {
    has_token(headers, &header::CONNECTION, "upgrade")
        && has_token(headers, &header::UPGRADE, "websocket")
}

/// Whether a comma-separated header holds a token, in any case (RFC 9110 §5.6.1).
pub fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|found| found.eq_ignore_ascii_case(token))
}

/// The members of a comma-separated header.
pub fn tokens<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

/// The value of a header that is there once and readable.
pub fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).into_iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn a_browser_navigates_and_curl_does_not() {
        for (pairs, expected) in [
            (vec![("sec-fetch-mode", "navigate")], true),
            (vec![("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")], true),
            (vec![("accept", "application/json, Text/HTML;q=0.1")], true),
            (vec![("accept", "*/*")], false),
            (vec![("sec-fetch-mode", "cors"), ("accept", "*/*")], false),
            (vec![("accept", "text/htmlx")], false),
            (vec![], false),
        ] {
            assert_eq!(is_navigation(&Method::GET, &headers(&pairs)), expected, "{pairs:?}");
            assert!(!is_navigation(&Method::POST, &headers(&pairs)));
        }
    }

    #[test]
    fn a_websocket_needs_both_headers() {
        let both = headers(&[("connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket")]);
        assert!(is_websocket(&both));
        assert!(!is_websocket(&headers(&[("upgrade", "websocket")])));
        assert!(!is_websocket(&headers(&[("connection", "upgrade"), ("upgrade", "h2c")])));
    }

    #[test]
    fn a_header_that_is_there_twice_is_not_the_only_one() {
        let twice = headers(&[("origin", "http://a"), ("origin", "http://b")]);
        assert_eq!(only(&twice, &header::ORIGIN), None);
    }
}
