//! The way of a request, from the listener to the answer.
//!
//! Each step is a room of its own and either hands the request on or answers it:
//!
//! 1. `host`: is this name answered?
//! 2. `access`: may this origin do that, and has the person shown the token?
//! 3. the destination: `api`, or `ide` (which holds the start-up page and `upstream`);
//! 4. `policy`: what every answer gets.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use http::{Request, StatusCode};
use hyper::body::Incoming;

use super::access::embedding::Verdict;
use super::app::App;
use super::asked::{Asked, Destination};
use super::base_path::Place;
use super::host::{self, Host};
use super::respond::{self, Answer, Refusal};
use super::{access, api, facts, ide, pages, policy};

/// Answers a request.
pub async fn answer(app: &Arc<App>, peer: Option<IpAddr>, request: Request<Incoming>) -> Answer {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let verdict = Host::of(request.uri(), request.headers())
        .map_or(Verdict::Refused, |host| access::verdict(app, &host, &request));
    let answer = pass(app, peer, request).await.unwrap_or_else(|refusal| *refusal);
    let (status, elapsed) = (answer.status().as_u16(), started.elapsed());
    tracing::debug!(%method, path, status, ?elapsed, "request");
    app.metrics.answered(answer.status());
    let answer = policy::keep_apart(answer, verdict, &app.frame_ancestors);
    policy::apply(answer, app.permissions_policy.as_ref())
}

async fn pass(
    app: &Arc<App>,
    peer: Option<IpAddr>,
    request: Request<Incoming>,
) -> Result<Answer, Refusal> {
    let asked = look(app, peer, &request)?;
    if !app.hosts.admits(&asked.host) {
        return Err(host::refuse(&asked.host, asked.navigation));
    }
    let (entry, request) = access::admit(app, &asked, request).await?;
    Ok(match &asked.destination {
        Destination::Api(path) => api::answer(app, entry, asked.navigation, path, request).await,
        Destination::Ide => ide::answer(app, &asked, request).await,
        Destination::BarePrefix => to_base_path(&asked, request.uri().query()),
        Destination::Elsewhere => elsewhere(&asked, request.uri().path()),
    })
}

fn look(app: &App, peer: Option<IpAddr>, request: &Request<Incoming>) -> Result<Asked, Refusal> {
    let (uri, headers) = (request.uri(), request.headers());
    Ok(Asked {
        peer,
        host: Host::of(uri, headers).map_err(host::unclear)?,
        navigation: facts::is_navigation(request.method(), headers),
        accepts_html: facts::accepts_html(headers),
        destination: destination(app, uri.path()),
        base: app.base_path.as_str().to_owned(),
    })
}

/// Only `/api` itself and what is below it are ours: the workbench keeps every other path.
fn destination(app: &App, path: &str) -> Destination {
    match app.base_path.locate(path) {
        Place::Bare => Destination::BarePrefix,
        Place::Inside(inside) if inside == "/api" || inside.starts_with("/api/") => {
            Destination::Api(inside.to_owned())
        }
        Place::Inside(inside) if inside.starts_with('/') => Destination::Ide,
        Place::Inside(_) | Place::Outside => Destination::Elsewhere,
    }
}

/// 307 keeps the method; the query may hold what to open.
fn to_base_path(asked: &Asked, query: Option<&str>) -> Answer {
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    respond::redirect(StatusCode::TEMPORARY_REDIRECT, &format!("{}{query}", asked.base))
}

fn elsewhere(asked: &Asked, path: &str) -> Answer {
    if asked.navigation && path == "/" {
        return respond::redirect(StatusCode::FOUND, &asked.base);
    }
    if asked.navigation {
        return pages::not_here(&asked.base);
    }
    let message = format!("nothing is served here; the server's base path is {}", asked.base);
    respond::error(StatusCode::NOT_FOUND, "not_found", message)
}
