//! Everything that is not ours goes to the IDE, or gets something to look at until it is ready.

use std::time::Duration;

use http::StatusCode;
use http::header::{self, HeaderValue};
use tokio::time::{Instant, timeout_at};

use super::access::gate;
use super::app::App;
use super::asked::Asked;
use super::base_path::{BasePath, Place};
use super::forward::{self, Destination, Forwarded};
use super::http1::{Names, RequestHead};
use super::pages;
use super::respond::{self, Answer};
use super::response::Scope;
use super::turn::{Outcome, Turn};
use super::upstream::Onward;
use crate::control::protocol::{IDE, State};

/// How long a request that is not a navigation waits for an IDE that is coming back.
const SHORT_RESTART: Duration = Duration::from_secs(1);
/// How long to wait before an IDE that should be ready is tried again.
const RETRY: Duration = Duration::from_millis(50);

/// Answers a request for the IDE.
pub async fn answer(mut turn: Turn<'_>, asked: Asked) -> Outcome {
    let app = turn.app.clone();
    let Place::Inside(target) = app.base_path.locate(turn.head.target()) else {
        let message = "the path is not under the base path";
        let answer = respond::error(StatusCode::NOT_FOUND, "not_found", message);
        return Box::pin(turn.finish(answer)).await;
    };
    let host = asked.host.to_string();
    let origin = app.turns_webviews.then(|| page_origin(turn.head, &host));
    let to = Destination {
        upstream: &app.upstream,
        onward: onward(&app, &asked, target, turn.body.is_done()),
        scope: Scope {
            prefix: app.base_path.prefix(),
            rewrites_bodies: true,
            opens_media: app.permissions.is_some(),
            withheld: Names::NONE,
            host: &host,
            webviews_from: origin.as_deref(),
        },
        assets: Some(&app.assets),
    };
    let mut deadline = None;
    loop {
        if app.ide_is_ready() {
            match forward::forward(&mut turn, &to).await {
                Forwarded::Done(outcome) => return outcome,
                Forwarded::HungUp(_) if asked.navigation => {
                    app.doubt.notify_waiters();
                    let page = instead(&app, &asked, turn.head.path());
                    return Box::pin(turn.finish(page)).await;
                }
                Forwarded::HungUp(answer) | Forwarded::Answer(answer) => {
                    return Box::pin(turn.finish(*answer)).await;
                }
                Forwarded::Unreachable => app.doubt.notify_waiters(),
            }
        }
        let until = *deadline.get_or_insert_with(|| Instant::now() + patience(&app, &asked));
        if Instant::now() >= until {
            let answer = instead(&app, &asked, turn.head.path());
            return Box::pin(turn.finish(answer)).await;
        }
        Box::pin(wait(&app, until)).await;
    }
}

/// The origin of a page as its browser has it: whoever stands before us says which scheme that is.
fn page_origin(head: &RequestHead, host: &str) -> String {
    let scheme = if gate::came_by_https(head.fields()) { "https" } else { "http" };
    format!("{scheme}://{host}")
}

fn onward<'a>(app: &'a App, asked: &'a Asked, target: &'a str, bodiless: bool) -> Onward<'a> {
    Onward {
        target,
        get_for_head: true,
        peer: asked.peer,
        host: (!app.behind_jupyter).then_some(&asked.host),
        by_https: false,
        prefix: app.base_path.prefix(),
        knows_prefix: false,
        websocket: asked.websocket && bodiless,
        rewrites: app.base_path.prefix().is_some() || app.turns_webviews,
    }
}

/// A person sees the start-up page at once. Anything else, such as a script of a page that is open,
/// may wait a moment for an IDE that was ready before.
fn patience(app: &App, asked: &Asked) -> Duration {
    let was_ready = app.upstream.has_answered();
    if asked.navigation || !was_ready { Duration::ZERO } else { SHORT_RESTART }
}

/// Waits until the IDE is ready, or if it is said to be already, a moment.
async fn wait(app: &App, deadline: Instant) {
    if app.ide_is_ready() {
        tokio::time::sleep(RETRY).await;
        return;
    }
    let mut changes = app.mirror.watch();
    let ready = changes.wait_for(|view| view.is_ready(IDE));
    let _ = timeout_at(deadline, ready).await;
}

/// What a request gets in the IDE's place.
fn instead(app: &App, asked: &Asked, path: &str) -> Answer {
    if asked.navigation {
        return pages::start_up(&page_base(app, path), app.mirror.view().service(IDE).as_ref());
    }
    let message = match app.mirror.view().service(IDE).map(|status| status.state) {
        Some(State::Failed) => "the IDE failed; see /api/services/ide and its logs",
        Some(State::Stopped | State::Stopping) => "the IDE is stopped",
        _ => "the IDE is starting; try again in a moment",
    };
    let mut answer = respond::error(StatusCode::SERVICE_UNAVAILABLE, "ide_not_ready", message);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// How the start-up page refers to the base path from where it is shown.
fn page_base(app: &App, path: &str) -> String {
    match app.base_path.locate(path) {
        Place::Inside(inside) => BasePath::relative(inside),
        _ => app.base_path.as_str().to_owned(),
    }
}
