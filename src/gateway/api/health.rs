//! Whether everything runs, in one word.

use http::StatusCode;
use serde::Serialize;

use crate::control::protocol::{ServiceStatus, State};
use crate::gateway::access::Entry;
use crate::gateway::app::App;
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
    let status = if health.status == "ok" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    match entry {
        Entry::Known => respond::json(status, &health),
        Entry::Anonymous => respond::json(
            status,
            &Health {
                status: health.status,
                ..Health::default()
            },
        ),
    }
}

/// A service that is in trouble counts before one that is starting.
fn judge(view: &View) -> Health {
    if !view.connected {
        let detail = Some("the supervisor cannot be reached".to_owned());
        let status = if view.services().is_empty() {
            "starting"
        } else {
            "degraded"
        };
        return Health {
            status,
            detail,
            ..Health::default()
        };
    }
    let services = view.services();
    let of = |status: &'static str| move |service: &&ServiceStatus| word(service) == status;
    let found = ["degraded", "starting"].into_iter().find_map(|status| {
        services
            .iter()
            .find(of(status))
            .map(|service| (status, service))
    });
    match found {
        Some((status, service)) => Health {
            status,
            service: Some(service.name.clone()),
            state: Some(service.state),
            detail: service.detail.clone(),
        },
        None => Health {
            status: "ok",
            ..Health::default()
        },
    }
}

fn word(service: &ServiceStatus) -> &'static str {
    match (service.state, service.ready) {
        (State::Running, true) => "ok",
        (State::Starting, _) => "starting",
        _ => "degraded",
    }
}
