//! The way of a request, from its head to the answer.
//!
//! Each step is a room of its own and either hands the request on or answers it:
//!
//! 1. `host`: is this name answered?
//! 2. `admission`: may this origin do that, and has the person shown the token?
//! 3. the destination: `api`, `ports`, or `ide` (which holds the start-up page);
//! 4. `policy`: what every answer gets, as it is sent ([`Turn::finish`], `forward`).

use std::net::IpAddr;

use http::StatusCode;
use http::header::{self, HeaderValue};

use super::admission::{self, Admission};
use super::app::App;
use super::asked::{Asked, Destination, Entry};
use super::base_path::Place;
use super::host::{Host, HostError};
use super::http1::{Name, RequestHead};
use super::respond::{self, Answer, Refusal};
use super::turn::{Outcome, Turn};
use super::{api, facts, ide, pages, port, ports};

/// What is passed on to a server that may take it.
pub const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Answers a request.
pub async fn answer(mut turn: Turn<'_>) -> Outcome {
    let route = match decide(turn.app, turn.client.peer, turn.head) {
        Ok((asked, Admission::Admitted(entry))) => {
            turn.verdict = asked.verdict;
            Ok((asked, entry))
        }
        // Few requests come this way; it is kept out of the others' future.
        Ok((asked, Admission::Unknown)) => {
            turn.verdict = asked.verdict;
            Box::pin(sign_in(&mut turn, asked)).await
        }
        Err(refusal) => Err(refusal),
    };
    match route {
        Ok((asked, entry)) => match asked.destination {
            Destination::Ide => ide::answer(turn, asked).await,
            Destination::Port(port) => Box::pin(ports::answer(turn, asked, port)).await,
            _ => Box::pin(own(turn, asked, entry)).await,
        },
        Err(refusal) => Box::pin(turn.finish(*refusal)).await,
    }
}

async fn sign_in(turn: &mut Turn<'_>, asked: Asked) -> Result<(Asked, Entry), Refusal> {
    let entry = admission::sign_in(turn, &asked).await?;
    Ok((asked, entry))
}

async fn own(turn: Turn<'_>, asked: Asked, entry: Entry) -> Outcome {
    let answer = match &asked.destination {
        Destination::Api(_) => api::answer(turn.app, &asked, entry, turn.head).await,
        Destination::BarePrefix => to_base_path(&asked, turn.head.query()),
        _ => elsewhere(&asked, turn.head.path()),
    };
    turn.finish(answer).await
}

fn decide(
    app: &App,
    peer: Option<IpAddr>,
    head: &RequestHead,
) -> Result<(Asked, Admission), Refusal> {
    let asked = look(app, peer, head)?;
    if !app.hosts.admits(&asked.host) {
        return Err(refuse(&asked.host, asked.navigation));
    }
    let admission = admission::admit(app, &asked, head)?;
    // The API knows its methods.
    if !matches!(asked.destination, Destination::Api(_)) {
        end_of_the_way(head)?;
    }
    Ok((asked, admission))
}

fn look(app: &App, peer: Option<IpAddr>, head: &RequestHead) -> Result<Asked, Refusal> {
    let host = Host::of(head).map_err(unclear)?;
    Ok(Asked {
        peer,
        verdict: admission::verdict(app, &host, head),
        host,
        navigation: facts::is_navigation(head),
        accepts_html: facts::accepts_html(head.fields()),
        websocket: facts::is_websocket(head),
        destination: destination(app, head.path()),
        base: app.base_path.clone(),
    })
}

/// The answer to a request whose host cannot be told.
fn unclear(error: HostError) -> Refusal {
    Box::new(respond::error(StatusCode::BAD_REQUEST, "bad_request", error.to_string()))
}

/// The answer to a request for a name that is not answered: it says how to allow the name.
fn refuse(host: &Host, navigation: bool) -> Refusal {
    let name = host.name();
    if navigation {
        return Box::new(pages::host_refused(name));
    }
    let message = format!(
        "this server does not answer to the host name {name}; allow it with \
         --allowed-hosts {name} or WAIIDE_ALLOWED_HOSTS={name}"
    );
    Box::new(respond::error(StatusCode::FORBIDDEN, "host_not_allowed", message))
}

/// A request that may go no further is answered by whoever it has come to (RFC 9110 §7.6.2), and
/// nobody is shown what a request looks like once cookies were added to it.
fn end_of_the_way(head: &RequestHead) -> Result<(), Refusal> {
    let hops = head.fields().first(Name::MaxForwards);
    match head.method() {
        "TRACE" => Err(Box::new(respond::method_not_allowed(METHODS, "TRACE is not answered"))),
        "OPTIONS" if hops == Some(b"0") => {
            let mut answer = respond::text(StatusCode::OK, "");
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(METHODS));
            Err(Box::new(answer))
        }
        _ => Ok(()),
    }
}

/// Only `/api` itself and what is below it are ours: the workbench keeps every other path.
fn destination(app: &App, path: &str) -> Destination {
    match app.base_path.locate(path) {
        Place::Bare => Destination::BarePrefix,
        Place::Inside(inside) if inside == "/api" || inside.starts_with("/api/") => {
            Destination::Api(inside.to_owned())
        }
        Place::Inside(inside) if inside.starts_with('/') => {
            port::locate(inside).map_or(Destination::Ide, Destination::Port)
        }
        Place::Inside("*") => Destination::Ide,
        Place::Inside(_) | Place::Outside => Destination::Elsewhere,
    }
}

/// 307 keeps the method; the query may hold what to open.
fn to_base_path(asked: &Asked, query: Option<&str>) -> Answer {
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    respond::redirect(StatusCode::TEMPORARY_REDIRECT, &format!("{}{query}", asked.base()))
}

fn elsewhere(asked: &Asked, path: &str) -> Answer {
    if asked.navigation && path == "/" {
        return respond::redirect(StatusCode::FOUND, asked.base());
    }
    if asked.navigation {
        return pages::not_here(asked.base());
    }
    let message = format!("nothing is served here; the server's base path is {}", asked.base());
    respond::error(StatusCode::NOT_FOUND, "not_found", message)
}
