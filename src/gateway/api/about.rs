//! `GET /api`: what answers here, and who is let in.

use http::StatusCode;
use serde::Serialize;

use crate::gateway::access::authentication::Authentication;
use crate::gateway::app::App;
use crate::gateway::respond::{self, Answer};

/// What `GET /api` says.
#[derive(Serialize)]
struct About<'a> {
    name: &'static str,
    version: &'static str,
    mode: &'a str,
    authentication: Authentication,
}

/// `GET /api`.
pub fn answer(app: &App) -> Answer {
    let about = About {
        name: "waiide-init",
        version: env!("CARGO_PKG_VERSION"),
        mode: &app.mode,
        authentication: app.authentication,
    };
    respond::json(StatusCode::OK, &about)
}
