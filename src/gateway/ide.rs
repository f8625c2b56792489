//! Everything that is not ours goes to the IDE, or gets something to look at until it is ready.

use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::app::{App, IDE};
use super::asked::Asked;
use super::base_path::{BasePath, Place};
use super::pages;
use super::respond::{self, Answer};
use super::upstream::{Exchange, Failure};
use crate::control::protocol::State;

/// How long a request that is not a navigation waits for an IDE that is coming back.
const SHORT_RESTART: Duration = Duration::from_secs(1);
/// How long to wait before an IDE that should be ready is tried again.
const RETRY: Duration = Duration::from_millis(50);

/// Answers a request for the IDE.
pub async fn answer(app: &Arc<App>, asked: &Asked, request: Request<Incoming>) -> Answer {
    let page_base = page_base(app, request.uri().path());
    let mut exchange = match Exchange::prepare(app, asked, request) {
        Ok(exchange) => exchange,
        Err(refusal) => return *refusal,
    };
    let deadline = Instant::now() + patience(app, asked);
    loop {
        if app.ide_is_ready() {
            match exchange.run(app).await {
                Ok(answer) => return answer,
                Err(Failure::Unreachable(again)) => exchange = *again,
                Err(Failure::Broken) if asked.navigation => return instead(app, asked, &page_base),
                Err(Failure::Broken) => return broken(),
            }
            app.doubt.notify_waiters();
        }
        if Instant::now() >= deadline {
            return instead(app, asked, &page_base);
        }
        wait(app, deadline).await;
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
fn instead(app: &App, asked: &Asked, page_base: &str) -> Answer {
    if asked.navigation {
        return pages::start_up(page_base, app.mirror.view().service(IDE).as_ref());
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

fn broken() -> Answer {
    let message = "the IDE took the request and ended the connection before it answered";
    respond::error(StatusCode::BAD_GATEWAY, "bad_gateway", message)
}

/// How the start-up page refers to the base path from where it is shown.
fn page_base(app: &App, path: &str) -> String {
    match app.base_path.locate(path) {
        Place::Inside(inside) => BasePath::relative(inside),
        _ => app.base_path.as_str().to_owned(),
    }
}
