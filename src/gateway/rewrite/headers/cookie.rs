//! `Set-Cookie` (RFC 6265bis).

use std::net::IpAddr;

use crate::gateway::rewrite::prefix::Prefix;

/// Puts the prefix before the path of a cookie, and drops a `Domain` that is an address or
/// `localhost`: such a cookie is for one host in any case (§5.1.3), and what the backend takes for
/// its host is not what the browser asked. A `Domain` that is another name stays, since without it
/// the cookie would no longer be sent to the hosts below.
///
/// The path of a cookie whose name begins with `__Host-` stays: with another than `/` a browser
/// refuses it (§4.1.3.2).
pub fn set_cookie(value: &[u8], prefix: &str) -> Option<Vec<u8>> {
    let prefix = Prefix::new(prefix)?;
    let mut parts = value.split(|&byte| byte == b';');
    let pair = parts.next().unwrap_or_default();
    // A path that holds a semicolon cannot be written.
    let keeps_path = is_for_host(pair) || prefix.plain().contains(&b';');
    let mut new = pair.to_vec();
    for part in parts {
        let (name, text) = name_and_text(part);
        if name.eq_ignore_ascii_case(b"domain") && is_one_host(text) {
            continue;
        }
        new.push(b';');
        if name.eq_ignore_ascii_case(b"path") && !keeps_path && needs(text, prefix.plain()) {
            let before = part.iter().position(|&byte| byte == b'/').unwrap_or(part.len());
            new.extend_from_slice(part.get(..before).unwrap_or_default());
            new.extend_from_slice(prefix.plain());
            new.extend_from_slice(part.get(before..).unwrap_or_default());
        } else {
            new.extend_from_slice(part);
        }
    }
    (new != value).then_some(new)
}

/// An attribute's name and what is behind its equals sign, without space around them.
fn name_and_text(part: &[u8]) -> (&[u8], &[u8]) {
    let equals = part.iter().position(|&byte| byte == b'=').unwrap_or(part.len());
    let text = part.get(equals + 1..).unwrap_or_default();
    (part.get(..equals).unwrap_or_default().trim_ascii(), text.trim_ascii())
}

fn is_for_host(pair: &[u8]) -> bool {
    let (name, _) = name_and_text(pair);
    name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"__Host-"))
}

/// Whether a cookie's path is one of the backend's that lacks the prefix. One that does not begin
/// with a slash is no path, and browsers take the request's instead (§5.6.4).
fn needs(path: &[u8], prefix: &[u8]) -> bool {
    let has_it = path.strip_prefix(prefix).is_some_and(|rest| matches!(rest, [] | [b'/', ..]));
    path.starts_with(b"/") && !has_it
}

fn is_one_host(domain: &[u8]) -> bool {
    let domain = domain.strip_prefix(b".").unwrap_or(domain);
    let domain = domain.strip_prefix(b"[").and_then(|d| d.strip_suffix(b"]")).unwrap_or(domain);
    domain.eq_ignore_ascii_case(b"localhost")
        || std::str::from_utf8(domain).is_ok_and(|domain| domain.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(value: &str) -> Option<String> {
        set_cookie(value.as_bytes(), "/user/alice").map(|new| String::from_utf8(new).unwrap())
    }

    #[test]
    fn paths_get_the_prefix() {
        for (from, to) in [
            ("a=b; Path=/", "a=b; Path=/user/alice/"),
            ("a=b;path=/x;Secure", "a=b;path=/user/alice/x;Secure"),
            ("a=b; PATH = /x ; HttpOnly", "a=b; PATH = /user/alice/x ; HttpOnly"),
            ("a=b; Path=/user/alicex", "a=b; Path=/user/alice/user/alicex"),
            ("a=b; Path=//x", "a=b; Path=/user/alice//x"),
            ("a=b; Path=/; Path=/x", "a=b; Path=/user/alice/; Path=/user/alice/x"),
            ("a=\"x;Path=/\"", "a=\"x;Path=/user/alice/\""),
            ("__Secure-a=b; Path=/; Secure", "__Secure-a=b; Path=/user/alice/; Secure"),
            ("a=b; Domain=127.0.0.1; Path=/", "a=b; Path=/user/alice/"),
            ("a=b; Domain=localhost", "a=b"),
            ("a=b; domain=.LOCALHOST; Secure", "a=b; Secure"),
            ("a=b; Domain=[::1]; Secure", "a=b; Secure"),
            ("__Host-a=b; Domain=::1; Path=/", "__Host-a=b; Path=/"),
        ] {
            assert_eq!(set(from).as_deref(), Some(to), "{from}");
        }
    }

    #[test]
    fn the_rest_stays() {
        for value in [
            "",
            "a=b",
            "a=/; Secure",
            "Path=/",
            "a=b; Path",
            "a=b; Path=",
            "a=b; Path=x",
            "a=b; Path=\"/\"",
            "a=b; Path=/user/alice",
            "a=b; Path=/user/alice/",
            "a=b; Path=/user/alice/x; Domain=example.com",
            "a=b; Domain=.example.com; SameSite=Lax",
            "a=b; Domain=localhost.example.com",
            "__Host-a=b; Path=/; Secure",
            "__host-a=b; Path=/; Secure",
            "a=b; xPath=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ] {
            assert_eq!(set(value), None, "{value}");
        }
        assert_eq!(set_cookie(b"a=b; Path=/", "/x;y/"), None);
    }
}
