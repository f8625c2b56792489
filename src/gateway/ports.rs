//! What the user starts on this machine's loopback: `/proxy/<port>/…` and `/absproxy/<port>/…`.
//!
//! The names are jupyter-server-proxy's. Under `proxy` a server sees the path behind the port; under
//! `absproxy` it sees the whole path as the browser does.

use http::StatusCode;

use super::app::App;
use super::asked::Asked;
use super::base_path::Place;
use super::connection::{Outcome, Turn};
use super::forward::{self, Destination, Forwarded};
use super::respond::{self, Answer};
use super::response::Scope;
use super::upstream::{Onward, Upstream};
use super::way;

/// A port that is asked for, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// Its number; never 0.
    pub number: u16,
    /// Whether the server there sees the whole path.
    pub absolute: bool,
}

/// Reads a path under the base path. The second value is what stands behind the port: empty, or
/// something that begins with a slash. None: it is the IDE's.
pub fn locate(inside: &str) -> Option<(Port, &str)> {
    let (absolute, rest) = match inside.strip_prefix("/proxy/") {
        Some(rest) => (false, rest),
        None => (true, inside.strip_prefix("/absproxy/")?),
    };
    let digits = rest.find('/').unwrap_or(rest.len());
    let (digits, behind) = rest.split_at(digits);
    let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number = digits.parse().ok().filter(|&number| plain && number != 0)?;
    Some((Port { number, absolute }, behind))
}

/// Answers a request for a port.
pub async fn answer(mut turn: Turn<'_>, asked: Asked, port: Port) -> Outcome {
    let app = turn.app.clone();
    if app.own_ports.contains(&port.number) {
        return way::finish(turn, own(port.number)).await;
    }
    let prefix = prefix(&app, port);
    let target = target(&app, turn.head.target(), port.absolute);
    if target.is_empty() || target.starts_with('?') {
        let place = format!("{prefix}/{target}");
        let answer = respond::redirect(StatusCode::TEMPORARY_REDIRECT, &place);
        return way::finish(turn, answer).await;
    }
    let host = asked.host.to_string();
    let own_prefix = (!port.absolute).then_some(prefix.as_str());
    let onward = Onward {
        target,
        get_for_head: false,
        peer: asked.peer,
        host: (!app.behind_jupyter).then_some(&asked.host),
        prefix: own_prefix,
        websocket: asked.websocket && turn.body.is_done(),
        changes: None,
    };
    let upstream = Upstream::on_loopback(port.number);
    let scope = Scope {
        prefix: own_prefix,
        rewrites_bodies: false,
        opens_media: false,
        host: &host,
        webviews_from: None,
    };
    let to = Destination { upstream: &upstream, onward, scope, assets: None };
    match forward::forward(&mut turn, &to).await {
        Forwarded::Done(outcome) => outcome,
        Forwarded::HungUp(answer) | Forwarded::Answer(answer) => way::finish(turn, *answer).await,
        Forwarded::Unreachable => way::finish(turn, nobody(port.number)).await,
    }
}

/// The path up to and with the port.
fn prefix(app: &App, port: Port) -> String {
    let name = if port.absolute { "absproxy" } else { "proxy" };
    format!("{}{name}/{}", app.base_path.as_str(), port.number)
}

/// What the server there is asked for; for an address without a slash behind the port nothing, or
/// the query alone.
fn target<'a>(app: &App, whole: &'a str, absolute: bool) -> &'a str {
    let Place::Inside(inside) = app.base_path.locate(whole) else { return whole };
    let behind = inside.get(port_end(inside)..).unwrap_or_default();
    if absolute && behind.starts_with('/') { whole } else { behind }
}

/// Where the port ends in `/proxy/<port>…`.
fn port_end(inside: &str) -> usize {
    let start = inside.get(1..).and_then(|rest| rest.find('/')).map_or(0, |slash| slash + 2);
    let rest = inside.get(start..).unwrap_or_default();
    start + rest.bytes().take_while(u8::is_ascii_digit).count()
}

fn own(port: u16) -> Answer {
    let message = format!("port {port} is this container's own, and not served here");
    respond::error(StatusCode::FORBIDDEN, "own_port", message)
}

fn nobody(port: u16) -> Answer {
    let message = format!(
        "nobody listens on port {port} of the container's loopback address; \
         start the server, or correct the port in the address"
    );
    respond::error(StatusCode::BAD_GATEWAY, "port_not_answering", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_read_byte_for_byte() {
        let proxy = |number| Port { number, absolute: false };
        for (path, expected) in [
            ("/proxy/3000/", Some((proxy(3000), "/"))),
            ("/proxy/3000", Some((proxy(3000), ""))),
            ("/proxy/3000//a%2Fb", Some((proxy(3000), "//a%2Fb"))),
            ("/proxy/65535/x", Some((proxy(65535), "/x"))),
            ("/absproxy/80/x", Some((Port { number: 80, absolute: true }, "/x"))),
            ("/proxy/0/", None),
            ("/proxy/65536/", None),
            ("/proxy/+80/", None),
            ("/proxy/080000/", None),
            ("/proxy/80x/", None),
            ("/proxy//", None),
            ("/proxy", None),
            ("/proxyx/80/", None),
        ] {
            assert_eq!(locate(path), expected, "{path}");
        }
    }

    #[test]
    fn what_is_behind_the_port_is_found() {
        assert_eq!(port_end("/proxy/3000/x"), 11);
        assert_eq!(port_end("/absproxy/0080?x"), 14);
    }
}
