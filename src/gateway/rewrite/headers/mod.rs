//! The rewriting of header fields. Each function returns the new value, or none if it stays.

mod cookie;
mod link;

pub use self::cookie::set_cookie;
pub use self::link::link;
use super::html::values::in_refresh;
use super::prefix::{Prefix, put_in};
use super::url;

/// `Location` and `Content-Location` (RFC 9110 §10.2.2, §8.7). A URL with a host gets the prefix
/// if `own_hosts` says that it is ours of the host as it is written, with the port if it has one.
pub fn location(value: &[u8], prefix: &str, own_hosts: &dyn Fn(&str) -> bool) -> Option<Vec<u8>> {
    let prefix = Prefix::new(prefix)?;
    if let Some(at) = url::place(value, prefix.plain()) {
        return Some(put_in(value, &[at], prefix.plain()));
    }
    let path = path_of_own(value, own_hosts)?;
    let rest = value.get(path..).unwrap_or_default();
    match rest.first() {
        // A path that is not there is `/`.
        None | Some(b'?' | b'#') => {
            let missing = [prefix.plain(), b"/"].concat();
            Some(put_in(value, &[path], &missing))
        }
        // Two slashes behind a host are a path.
        Some(_) if rest.starts_with(b"//") => Some(put_in(value, &[path], prefix.plain())),
        Some(_) => {
            let at = url::place(rest, prefix.plain())?;
            Some(put_in(value, &[path + at], prefix.plain()))
        }
    }
}

/// Where the path begins in a URL of one of our hosts. Anything that browsers might read in
/// another way (a user's name, a backslash) is nobody's.
fn path_of_own(value: &[u8], own_hosts: &dyn Fn(&str) -> bool) -> Option<usize> {
    let trimmed = value.trim_ascii_start();
    let before = value.len() - trimmed.len();
    let lower = trimmed.get(..8.min(trimmed.len()))?.to_ascii_lowercase();
    let schemes: [&[u8]; 3] = [b"https://", b"http://", b"//"];
    let scheme = schemes.iter().find(|scheme| lower.starts_with(scheme))?.len();
    let rest = trimmed.get(scheme..)?;
    let length = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
    let host = std::str::from_utf8(rest.get(..length)?.trim_ascii_end()).ok()?;
    let is_plain = !host.is_empty() && !host.contains(['@', '\\', '\t', ' ']);
    (is_plain && own_hosts(host)).then_some(before + scheme + host.len())
}

/// `Refresh`, which browsers read like the element.
pub fn refresh(value: &[u8], prefix: &str) -> Option<Vec<u8>> {
    let prefix = Prefix::new(prefix)?;
    let at = in_refresh(value, prefix.plain())?;
    Some(put_in(value, &[at], prefix.plain()))
}

/// A value that is one URL: `SourceMap` and the older `X-SourceMap`.
pub fn sourcemap(value: &[u8], prefix: &str) -> Option<Vec<u8>> {
    let prefix = Prefix::new(prefix)?;
    let at = url::place(value, prefix.plain())?;
    Some(put_in(value, &[at], prefix.plain()))
}

/// `Service-Worker-Allowed` (Service Workers §3.4): a URL again, which the browser resolves. One that
/// may lead out of the prefix gives way to the prefix: a worker answers for all that it may cover,
/// for good.
pub fn service_worker_allowed(value: &[u8], prefix: &str) -> Option<Vec<u8>> {
    let (changed, prefix) = (sourcemap(value, prefix), prefix.trim_end_matches('/'));
    match is_plainly_below(changed.as_deref().unwrap_or(value), prefix) {
        true => changed,
        false => Some(format!("{prefix}/").into_bytes()),
    }
}

/// Whether a value is a path below the prefix, whoever reads it (WHATWG URL §4.4: browsers read `\`
/// as `/` and `%2e` as `.`, and leave tabs out).
fn is_plainly_below(value: &[u8], prefix: &str) -> bool {
    let inside = value.strip_prefix(prefix.as_bytes()).filter(|rest| rest.starts_with(b"/"));
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !br"\%?#".contains(byte);
    let is_step = |part: &[u8]| part == b"." || part == b"..";
    inside.is_some_and(|rest| {
        rest.iter().all(is_plain) && !rest.split(|byte| *byte == b'/').any(is_step)
    })
}

/// `Content-Location`.
pub fn content_location(
    value: &[u8],
    prefix: &str,
    own_hosts: &dyn Fn(&str) -> bool,
) -> Option<Vec<u8>> {
    location(value, prefix, own_hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "/user/alice/";

    fn shown(value: Option<Vec<u8>>) -> Option<String> {
        value.map(|value| String::from_utf8(value).unwrap())
    }

    fn located(value: &str) -> Option<String> {
        let own = |host: &str| host == "ide.example.com" || host == "127.0.0.1:8070";
        shown(location(value.as_bytes(), PREFIX, &own))
    }

    #[test]
    fn a_location_of_ours_gets_the_prefix() {
        for (from, to) in [
            ("/", "/user/alice/"),
            ("/x?y#z", "/user/alice/x?y#z"),
            (" /x", " /user/alice/x"),
            ("/user/alicex", "/user/alice/user/alicex"),
            ("http://ide.example.com/x", "http://ide.example.com/user/alice/x"),
            ("HTTPS://ide.example.com/", "HTTPS://ide.example.com/user/alice/"),
            ("https://ide.example.com", "https://ide.example.com/user/alice/"),
            ("https://ide.example.com?q", "https://ide.example.com/user/alice/?q"),
            ("https://ide.example.com#f", "https://ide.example.com/user/alice/#f"),
            ("http://127.0.0.1:8070/x", "http://127.0.0.1:8070/user/alice/x"),
            ("//ide.example.com/x", "//ide.example.com/user/alice/x"),
            ("http://ide.example.com//x", "http://ide.example.com/user/alice//x"),
            ("http://ide.example.com/user/alicex", "http://ide.example.com/user/alice/user/alicex"),
        ] {
            assert_eq!(located(from).as_deref(), Some(to), "{from}");
        }
    }

    #[test]
    fn any_other_location_stays() {
        for value in [
            "",
            "x",
            "../x",
            "?x",
            "#x",
            "/user/alice",
            "/user/alice/x",
            "/user/alice?x",
            "//evil.example/x",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/x",
            "https://ide.example.com.evil.example/x",
            "https://ide.example.com@evil.example/x",
            "https://x@ide.example.com/x",
            "https://ide.example.com:1/x",
            "https:/\\ide.example.com/x",
            "https://ide.example.com\\x",
            "https://ide.example.com/user/alice",
            "https://ide.example.com/user/alice/x",
            "https://",
            "///ide.example.com/x",
            "ftp://ide.example.com/x",
            "data:,/x",
            "vscode://x/y",
        ] {
            assert_eq!(located(value), None, "{value}");
        }
    }

    #[test]
    fn there_is_nothing_to_do_at_the_root() {
        assert_eq!(location(b"/x", "/", &|_| true), None);
        assert_eq!(refresh(b"0;url=/x", ""), None);
    }

    #[test]
    fn other_fields_with_one_url() {
        let own = |host: &str| host == "h";
        assert_eq!(shown(refresh(b"1; url=/x", PREFIX)).unwrap(), "1; url=/user/alice/x");
        assert_eq!(refresh(b"1; url=x", PREFIX), None);
        assert_eq!(shown(sourcemap(b"/x.map", PREFIX)).unwrap(), "/user/alice/x.map");
        assert_eq!(sourcemap(b"x.map", PREFIX), None);
        assert_eq!(shown(service_worker_allowed(b"/", PREFIX)).unwrap(), "/user/alice/");
        assert_eq!(service_worker_allowed(b"/user/alice/", PREFIX), None);
        assert_eq!(service_worker_allowed(b"/user/alice/x/y..z", PREFIX), None);
        for leads_out in [
            "../../",
            "./",
            "http://localhost/",
            "/user/alice/../",
            "/user/alice/%2e%2E/",
            "/user/alice/..\\",
            "/user/alice/.\t./",
            "/user/alicex/../../",
            "x",
            "",
        ] {
            let allowed = service_worker_allowed(leads_out.as_bytes(), PREFIX);
            assert_eq!(shown(allowed).unwrap(), "/user/alice/", "{leads_out}");
        }
        assert_eq!(shown(content_location(b"//h/x", PREFIX, &own)).unwrap(), "//h/user/alice/x");
    }
}
