//! Whether everything runs, in one word.

use http::StatusCode;
use serde::Serialize;

use crate::control::health;
use crate::control::protocol::{ServiceStatus, State};
use crate::gateway::app::App;
use crate::gateway::asked::Entry;
use crate::gateway::control::view::View;
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

fn judge(view: &View) -> Health {
    let services = view.services();
    if !view.connected {
        return unheard(services.is_empty());
    }
    match health::judge(&services) {
        health::Health::Degraded(service) => about("degraded", service),
        health::Health::Starting(service) => about("starting", service),
        health::Health::Ok => Health { status: "ok", ..Health::default() },
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
