//! The token, and what stands for it.

use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use http::header::HeaderValue;

use super::attempts::Attempts;
use super::session::{LIFETIME, Sessions};
use crate::gateway::base_path::BasePath;
use crate::gateway::host::Host;
use crate::gateway::http1::{Fields, Name};
use crate::secret::Secret;

/// What the names of all session cookies start with, whichever server's they are.
pub const COOKIE_PREFIX: &str = "waiide-session-";

/// The token, who has shown it, and who tries to guess it.
#[derive(Debug)]
pub struct Gate {
    token: Secret,
    sessions: Sessions,
    attempts: Attempts,
    cookie_path: String,
}

/// What came of showing a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the one.
    Right,
    /// It is not.
    Wrong,
    /// Too many wrong ones before: it was not looked at. Time to wait.
    TooMany(Duration),
}

impl Gate {
    /// A gate that opens to `token`; cookies are for what is under the base path.
    pub fn new(token: Secret, base_path: &BasePath) -> Gate {
        let sessions = Sessions::new(&token);
        let cookie_path = base_path.as_str().to_owned();
        Gate { token, sessions, attempts: Attempts::default(), cookie_path }
    }

    /// Compares a token, in constant time, unless its visitor has tried too often.
    pub fn verify(&self, shown: &[u8], visitor: Option<IpAddr>) -> Verdict {
        let now = Instant::now();
        if let Some(wait) = self.attempts.wait(visitor, now) {
            return Verdict::TooMany(wait);
        }
        if self.token.matches(shown) {
            return Verdict::Right;
        }
        self.attempts.failed(visitor, now);
        Verdict::Wrong
    }

    /// Whether this is its token, for somebody who is in anyway.
    pub fn is_token(&self, shown: &[u8]) -> bool {
        self.token.matches(shown)
    }

    /// Whether a request carries a session cookie that holds.
    pub fn is_signed_in(&self, fields: Fields<'_>, host: &Host) -> bool {
        let name = cookie_name(host);
        let now = seconds_since_1970();
        cookies(fields).any(|(found, value)| found == name && self.sessions.holds(value, now))
    }

    /// The `Set-Cookie` value for somebody who has shown the token.
    pub fn cookie(&self, host: &Host, secure: bool) -> Option<HeaderValue> {
        let (name, path) = (cookie_name(host), &self.cookie_path);
        let value = self.sessions.issue(seconds_since_1970());
        let age = LIFETIME.as_secs();
        let secure = if secure { "; Secure" } else { "" };
        let cookie =
            format!("{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&cookie).ok()
    }
}

/// The cookie's name holds the port that the browser knows: cookies do not tell ports apart
/// (RFC 6265 §8.5), and two servers on one machine must not sign each other's people out.
fn cookie_name(host: &Host) -> String {
    host.port.map_or(format!("{COOKIE_PREFIX}default"), |port| format!("{COOKIE_PREFIX}{port}"))
}

/// The cookies of a request, by name and value.
fn cookies(fields: Fields<'_>) -> impl Iterator<Item = (&str, &str)> {
    let values = fields.all(Name::Cookie).filter_map(|value| std::str::from_utf8(value).ok());
    values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// The token of `Authorization: Bearer` (RFC 6750 §2.1).
pub fn bearer(fields: Fields<'_>) -> Option<&str> {
    let (scheme, token) = fields.only(Name::Authorization)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether the browser speaks https with whatever is before us. The cookie's `Secure` hangs on it, and
/// that pages that come over plain http are not ours: a client that lies keeps itself out.
pub fn came_by_https(fields: Fields<'_>) -> bool {
    let mut schemes = fields.tokens(Name::XForwardedProto);
    schemes.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

fn seconds_since_1970() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::http1::RequestHead;

    fn head(line: &str) -> RequestHead {
        let mut head = RequestHead::default();
        head.read(format!("GET / HTTP/1.1\r\n{line}\r\n\r\n").as_bytes()).unwrap();
        head
    }

    fn gate() -> Gate {
        Gate::new(Secret::new("hunter2"), &BasePath::new("/user/alice/"))
    }

    #[test]
    fn the_cookie_that_is_set_signs_in_on_its_own_port_alone() {
        let host = Host::parse("localhost:8070").unwrap();
        let set = gate().cookie(&host, true).unwrap();
        let set = set.to_str().unwrap();
        let attributes = "; Path=/user/alice/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure";
        assert!(set.ends_with(attributes), "{set}");
        let pair = set.split(';').next().unwrap();
        let head = head(&format!("Cookie: a=b; {pair}"));
        assert!(gate().is_signed_in(head.fields(), &host));
        assert!(!gate().is_signed_in(head.fields(), &Host::parse("localhost:8071").unwrap()));
    }

    #[test]
    fn a_right_token_is_not_looked_at_after_too_many_wrong_ones() {
        let gate = gate();
        assert_eq!(gate.verify(b"hunter2", None), Verdict::Right);
        for _ in 0..10 {
            assert_eq!(gate.verify(b"wrong", None), Verdict::Wrong);
        }
        assert!(matches!(gate.verify(b"hunter2", None), Verdict::TooMany(_)));
    }

    #[test]
    fn only_bearer_tokens_are_read() {
        assert_eq!(bearer(head("Authorization: bEARER abc").fields()), Some("abc"));
        assert_eq!(bearer(head("Authorization: Basic YTpi").fields()), None);
    }
}
