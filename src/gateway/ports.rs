//! What the user starts on this machine's loopback: `/proxy/<port>/…` and `/absproxy/<port>/…`.
//!
//! The names are jupyter-server-proxy's. Under `proxy` a server sees the path behind the port; under
//! `absproxy` it sees the whole path as the browser does.

use std::borrow::Cow;

use http::StatusCode;

use super::access::gate;
use super::app::App;
use super::asked::Asked;
use super::base_path::Place;
use super::forward::{self, Destination, Forwarded};
use super::http1::{Name, Names};
use super::port::{Port, end};
use super::respond::{self, Answer};
use super::response::Scope;
use super::turn::{Outcome, Turn};
use super::upstream::{Onward, Upstream};

/// What would be said of this whole origin, or all ports of its name, the IDE included: its storage
/// and cookies are to be cleared; it is at another address as well (RFC 7838); it is to be had over
/// https alone (RFC 6797); what fails there is told to somebody (Network Error Logging).
const OF_THE_ORIGIN: Names = Names::of(&[
    Name::AltSvc,
    Name::ClearSiteData,
    Name::Nel,
    Name::ReportTo,
    Name::StrictTransportSecurity,
]);
/// And that a service worker may answer for any path. Under `proxy` its paths are put under the
/// port's.
const OF_ALL: Names = OF_THE_ORIGIN.and(Names::of(&[Name::ServiceWorkerAllowed]));

/// Answers a request for a port.
pub async fn answer(mut turn: Turn<'_>, asked: Asked, port: Port) -> Outcome {
    let app = turn.app.clone();
    if app.own_ports.contains(&port.number) {
        return turn.finish(own(port.number)).await;
    }
    let prefix = prefix(&app, port);
    let target = target(&app, turn.head.target(), port.absolute);
    if target.is_empty() || target.starts_with('?') {
        let place = format!("{prefix}/{target}");
        let answer = respond::redirect(StatusCode::TEMPORARY_REDIRECT, &place);
        return turn.finish(answer).await;
    }
    let host = asked.host.to_string();
    let own_prefix = (!port.absolute).then_some(prefix.as_str());
    let onward = Onward {
        target: &target,
        get_for_head: false,
        peer: asked.peer,
        host: (!app.behind_jupyter).then_some(&asked.host),
        by_https: gate::came_by_https(turn.head.fields()),
        prefix: own_prefix,
        knows_prefix: true,
        websocket: asked.websocket && turn.body.is_done(),
        rewrites: false,
    };
    let upstream = Upstream::on_loopback(port.number);
    let scope = Scope {
        prefix: own_prefix,
        rewrites_bodies: false,
        opens_media: false,
        withheld: if port.absolute { OF_ALL } else { OF_THE_ORIGIN },
        host: &host,
        webviews_from: None,
    };
    let to = Destination { upstream: &upstream, onward, scope, assets: None };
    match forward::forward(&mut turn, &to).await {
        Forwarded::Done(outcome) => outcome,
        Forwarded::HungUp(answer) | Forwarded::Answer(answer) => turn.finish(*answer).await,
        Forwarded::Unreachable => turn.finish(nobody(port.number)).await,
    }
}

/// The path up to and with the port.
fn prefix(app: &App, port: Port) -> String {
    let name = if port.absolute { "absproxy" } else { "proxy" };
    format!("{}{name}/{}", app.public_path.as_str(), port.number)
}

/// What the server there is asked for; for an address without a slash behind the port nothing, or
/// the query alone.
fn target<'a>(app: &App, whole: &'a str, absolute: bool) -> Cow<'a, str> {
    let Place::Inside(inside) = app.base_path.locate(whole) else { return whole.into() };
    let behind = inside.get(end(inside)..).unwrap_or_default();
    match absolute && behind.starts_with('/') {
        true => app.public_path.with(inside).into(),
        false => behind.into(),
    }
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
