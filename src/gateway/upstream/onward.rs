//! What a server behind us gets of a client's request.

use std::net::IpAddr;

use super::cookies;
use super::forwarded::{self, Who};
use crate::gateway::host::Host;
use crate::gateway::http1::{Body, Name, Names, RequestHead, write};
use crate::gateway::response::ask;

/// Credentials are for us or for the Hub; lengths and expectations are stated anew.
const NEVER: Names =
    Names::of(&[Name::Authorization, Name::Cookie, Name::ContentLength, Name::MaxForwards]);

/// What proxies have taken off the path, by the names that they give it; `X-Forwarded-Context` is
/// among the others.
const PREFIXES: Names =
    Names::of(&[Name::XForwardedOther, Name::XForwardedPrefix, Name::XProxyContextPath]);

/// That the request came through here, behind whatever the client's head says of the way before
/// (RFC 9110 §7.6.3).
const VIA: &[u8] = b"Via: 1.1 waiide-init\r\n";

/// Everything besides the client's head that its request depends on.
#[derive(Debug, Clone, Copy)]
pub struct Onward<'a> {
    /// The path and the query there.
    pub target: &'a str,
    /// Whether a `HEAD` is sent as a `GET`: a VS Code server answers 405 to it.
    pub get_for_head: bool,
    /// The client's address.
    pub peer: Option<IpAddr>,
    /// The host that the client asked for; none where whoever is before us has said already who
    /// asks, and is believed.
    pub host: Option<&'a Host>,
    /// Whether the server there is told that the browser speaks https, as somebody before us says:
    /// servers that a user starts make addresses and cookies by it.
    pub by_https: bool,
    /// The path that was taken off the target, without a slash at its end; none: it is whole, or
    /// whoever is before us has said what is missing.
    pub prefix: Option<&'a str>,
    /// Whether that is all of it, whatever is said by whoever is before us.
    pub knows_prefix: bool,
    /// Whether the connection is to become a WebSocket.
    pub websocket: bool,
    /// Whether what comes back is rewritten, and not only compressed.
    pub rewrites: bool,
}

impl Onward<'_> {
    /// Writes the head.
    pub fn write(&self, out: &mut Vec<u8>, head: &RequestHead, body: &Body) {
        let fields = head.fields();
        let method = if self.get_for_head && head.is_head() { "GET" } else { head.method() };
        for part in [method, " ", self.target, " HTTP/1.1\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        let mut without = NEVER.and(ask::replaced(head, self.rewrites));
        if let Some(host) = self.host {
            let Onward { peer, by_https, prefix, .. } = *self;
            forwarded::write(out, &Who { peer, host, by_https, prefix });
            without = without.and(forwarded::REPLACED);
        } else if self.knows_prefix {
            if let Some(prefix) = self.prefix {
                write::field(out, b"X-Forwarded-Prefix", prefix.as_bytes());
            }
            without = without.and(PREFIXES);
        }
        write::fields(out, fields, without);
        out.extend_from_slice(VIA);
        ask::write_asked(out, head, self.rewrites);
        for value in fields.all(Name::Cookie) {
            cookies::write(out, value);
        }
        if let Some(hops) = head.fields().only(Name::MaxForwards) {
            max_forwards(out, hops);
        }
        self.connection(out, head);
        length(out, head, body);
        out.extend_from_slice(b"\r\n");
    }

    /// What the next connection needs to know, as far as the last one did. Of upgrades only a
    /// WebSocket's is passed on.
    fn connection(&self, out: &mut Vec<u8>, head: &RequestHead) {
        if self.websocket {
            out.extend_from_slice(b"Connection: Upgrade\r\nUpgrade: websocket\r\n");
        } else if head.fields().has_token(Name::Te, "trailers") {
            out.extend_from_slice(b"Connection: TE\r\nTE: trailers\r\n");
        }
    }
}

/// One hop less than before (RFC 9110 §7.6.2).
fn max_forwards(out: &mut Vec<u8>, hops: &str) {
    if let Some(left) = hops.parse::<u64>().ok().and_then(|hops| hops.checked_sub(1)) {
        out.extend_from_slice(b"Max-Forwards: ");
        write::number(out, left);
        out.extend_from_slice(b"\r\n");
    }
}

fn length(out: &mut Vec<u8>, head: &RequestHead, body: &Body) {
    match body.length() {
        None => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        Some(length) if head.fields().has(Name::ContentLength) => {
            out.extend_from_slice(b"Content-Length: ");
            write::number(out, length);
            out.extend_from_slice(b"\r\n");
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::http1::framing;

    fn onward(lines: &str, host: Option<&Host>) -> String {
        let mut head = RequestHead::default();
        head.read(format!("HEAD /user/alice/x?y HTTP/1.1\r\n{lines}\r\n").as_bytes()).unwrap();
        let onward = Onward {
            target: "/x?y",
            get_for_head: true,
            peer: "192.0.2.1".parse().ok(),
            host,
            by_https: false,
            prefix: Some("/user/alice"),
            knows_prefix: true,
            websocket: false,
            rewrites: false,
        };
        let mut out = Vec::new();
        onward.write(&mut out, &head, &framing::of_request(&head).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_client_cannot_say_who_it_is() {
        let host = Host::parse("localhost:8070").unwrap();
        let lines = "Host: LOCALHOST:8070\r\nX-Forwarded-For: forged\r\nX-Forwarded-Who: forged\r\n\
                     Forwarded: forged\r\nAuthorization: Bearer x\r\nA: b\r\n\
                     Cookie: _xsrf=1; a=b\r\nCookie: jupyterhub-x=1\r\n";
        let expected = "GET /x?y HTTP/1.1\r\nHost: localhost:8070\r\n\
                        X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Port: 8070\r\n\
                        X-Forwarded-Prefix: /user/alice\r\nX-Forwarded-Host: localhost:8070\r\n\
                        X-Forwarded-Proto: http\r\nA: b\r\nVia: 1.1 waiide-init\r\nCookie: a=b\r\n\r\n";
        assert_eq!(onward(lines, Some(&host)), expected);
    }

    #[test]
    fn whoever_is_believed_is_passed_on_but_for_a_prefix_that_got_longer() {
        let lines = "Host: a\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Prefix: /user\r\n\
                     Content-Length: 05\r\nTE: trailers\r\n";
        let expected = "GET /x?y HTTP/1.1\r\nX-Forwarded-Prefix: /user/alice\r\nHost: a\r\n\
                        X-Forwarded-For: 1.2.3.4\r\n\
                        Via: 1.1 waiide-init\r\n\
                        Connection: TE\r\nTE: trailers\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(onward(lines, None), expected);
    }
}
