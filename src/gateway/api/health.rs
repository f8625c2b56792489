//! Whether everything runs, in one word.

use http::StatusCode;
use serde::Serialize;

use crate::control::protocol::{ServiceStatus, State};
use crate::gateway::app::App;
use crate::gateway::asked::Entry;
use crate::gateway::control::mirror::View;
use crate::gateway::respond::{self, Answer};

/// What `GET /api/health` says.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// `GET /api/health`. Somebody who has not shown the token learns the one word and no more.
pub fn answer(app: &App, entry: Entry) -> Answer {
    let health = judge(&app.mirror.view());
    let status =
        if health.status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match entry {
        Entry::Known => respond::json(status, &health),
        Entry::Anonymous => {
            respond::json(status, &Health { status: health.status, ..Health::default() })
        }
    }
}

/// A service that is in trouble counts before one that is starting.
fn judge(view: &View) -> Health {
    let services = view.services();
    if !view.connected {
        return unheard(services.is_empty());
    }
    let first = |word| services.iter().find(|service| word_for(service) == word);
    match (first("degraded"), first("starting")) {
        (Some(service), _) => about("degraded", service),
        (None, Some(service)) => about("starting", service),
        (None, None) => Health { status: "ok", ..Health::default() },
    }
}

fn unheard(never: bool) -> Health {
    Health {
        status: if never { "starting" } else { "degraded" },
        detail: Some("the supervisor cannot be reached".to_owned()),
        ..Health::default()
    }
}

fn about(status: &'static str, service: &ServiceStatus) -> Health {
    Health {
        status,
        service: Some(service.name.clone()),
        state: Some(service.state),
        detail: service.detail.clone(),
    }
}

fn word_for(service: &ServiceStatus) -> &'static str {
    match (service.state, service.ready) {
        (State::Running, true) => "ok",
        (State::Starting, _) => "starting",
        _ => "degraded",
    }
}
