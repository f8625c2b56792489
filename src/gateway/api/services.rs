//! The services: their state, their logs, and what they can be told.

use http::StatusCode;
use serde::Serialize;

use crate::control::ownership::Ownership;
use crate::control::protocol::{ErrorBody, LogLine, Reply, Request, ServiceStatus, Verb};
use crate::gateway::app::App;
use crate::gateway::control::ControlError;
use crate::gateway::control::view::View;
use crate::gateway::form;
use crate::gateway::processes;
use crate::gateway::respond::{self, Answer};

/// How many lines of a log are sent where nobody says.
const LINES: usize = 200;
/// How many lines may be asked for.
const MOST_LINES: usize = 100_000;

/// A service as the API shows it.
#[derive(Serialize)]
pub struct Service {
    #[serde(flatten)]
    status: ServiceStatus,
    /// What its processes take up, where that was asked for and can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_bytes: Option<u64>,
}

#[derive(Serialize)]
struct Services {
    services: Vec<Service>,
    /// How the walk that gives the home's files to the user gets on, or has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ownership: Option<Ownership>,
    /// What was odd at the start, and what was put right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// `GET /api/services`.
pub async fn all(app: &App, query: &str) -> Answer {
    let View { connected, ownership, warnings, .. } = app.mirror.view().clone();
    let known = app.mirror.view().services();
    if !connected {
        return no_word();
    }
    let mut services = Vec::with_capacity(known.len());
    for status in known {
        services.push(shown(status, query).await);
    }
    respond::json(StatusCode::OK, &Services { services, ownership, warnings })
}

/// `GET /api/services/{name}`.
pub async fn one(app: &App, name: &str, query: &str) -> Answer {
    let (connected, known) = {
        let view = app.mirror.view();
        (view.connected, view.service(name))
    };
    match known {
        _ if !connected => no_word(),
        None => no_such(name),
        Some(status) => respond::json(StatusCode::OK, &shown(status, query).await),
    }
}

async fn shown(status: ServiceStatus, query: &str) -> Service {
    let wanted = status.pid.filter(|_| form::value(query, "memory").is_some());
    let memory_bytes = match wanted {
        Some(pid) => memory(pid).await,
        None => None,
    };
    Service { status, memory_bytes }
}

/// The memory of a service's processes. Adding up a large process's pages takes the kernel some
/// milliseconds, in which nobody else should have to wait.
pub async fn memory(pid: i32) -> Option<u64> {
    tokio::task::spawn_blocking(move || processes::memory(pid)).await.ok().flatten()
}

/// `POST /api/services/{name}/{start,stop,restart}`. That the request is same-origin was seen to
/// before.
pub async fn control(app: &App, name: &str, verb: Verb) -> Answer {
    match app.control.ask(&Request::Control { verb, service: name.to_owned() }).await {
        Ok(Reply::Done(Some(status))) => respond::json(StatusCode::ACCEPTED, &status),
        Ok(Reply::Done(None)) => match app.mirror.view().service(name) {
            Some(status) => respond::json(StatusCode::ACCEPTED, &status),
            None => no_such(name),
        },
        other => refused(other),
    }
}

/// `GET /api/services/{name}/logs?lines=N`: the lines as they were printed.
pub async fn logs(app: &App, name: &str, query: &str) -> Answer {
    let Some(lines) = lines_asked_for(query) else {
        let message = format!("lines is a number from 0 to {MOST_LINES}");
        return respond::error(StatusCode::BAD_REQUEST, "bad_request", message);
    };
    let service = Some(name.to_owned());
    match app.control.ask(&Request::Logs { service, lines, follow: false }).await {
        Ok(Reply::Lines(lines)) => respond::text(StatusCode::OK, as_text(&lines)),
        other => refused(other),
    }
}

fn lines_asked_for(query: &str) -> Option<usize> {
    match form::value(query, "lines") {
        None => Some(LINES),
        Some(number) => number.parse().ok().filter(|&lines| lines <= MOST_LINES),
    }
}

fn as_text(lines: &[LogLine]) -> String {
    lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
}

/// The answer where PID 1 did not do what was asked.
fn refused(reply: Result<Reply, ControlError>) -> Answer {
    match reply {
        Ok(Reply::Error(ErrorBody { code, message })) => {
            respond::error(status_of(&code), &code, message)
        }
        Ok(_) => {
            let message = "the supervisor's answer does not fit the question";
            respond::error(StatusCode::BAD_GATEWAY, "bad_gateway", message)
        }
        Err(error) => {
            respond::error(StatusCode::SERVICE_UNAVAILABLE, "unavailable", error.to_string())
        }
    }
}

fn status_of(code: &str) -> StatusCode {
    match code {
        "not_found" => StatusCode::NOT_FOUND,
        "bad_request" => StatusCode::BAD_REQUEST,
        "forbidden" => StatusCode::FORBIDDEN,
        "conflict" => StatusCode::CONFLICT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

fn no_such(name: &str) -> Answer {
    let message = format!("there is no service {name:?}; see /api/services");
    respond::error(StatusCode::NOT_FOUND, "not_found", message)
}

fn no_word() -> Answer {
    let message = "the supervisor cannot be reached; the state of the services is not known";
    respond::error(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_is_a_number_within_bounds() {
        assert_eq!(lines_asked_for(""), Some(LINES));
        assert_eq!(lines_asked_for("lines=5"), Some(5));
        for wrong in ["lines=", "lines=-1", "lines=x", "lines=100001", "lines=1e3"] {
            assert_eq!(lines_asked_for(wrong), None, "{wrong}");
        }
    }
}
