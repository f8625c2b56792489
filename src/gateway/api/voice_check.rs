//! `GET /api/voice-check` for programs: what this very answer is sent with, and what reached us of
//! the question. Whoever compares it with what arrives, and with what was asked, knows what stands
//! between changes.

use std::collections::BTreeMap;

use http::StatusCode;
use http::header::{self, HeaderValue};
use serde::Serialize;

use crate::gateway::app::App;
use crate::gateway::http1::{Fields, Name};
use crate::gateway::respond::{self, Answer};

/// What a page may load and be framed by, as on pages of ours.
const POLICY: &str = "default-src 'none'; frame-ancestors 'self'";

/// What of a request the hops before us have a say in.
const RECEIVED: [(&str, Name); 9] = [
    ("host", Name::Host),
    ("origin", Name::Origin),
    ("forwarded", Name::Forwarded),
    ("via", Name::Via),
    ("x-forwarded-for", Name::XForwardedFor),
    ("x-forwarded-host", Name::XForwardedHost),
    ("x-forwarded-port", Name::XForwardedPort),
    ("x-forwarded-proto", Name::XForwardedProto),
    ("x-real-ip", Name::XRealIp),
];

#[derive(Serialize)]
struct Document<'a> {
    mode: &'a str,
    base_path: &'a str,
    /// The headers that decide about voice; none: not sent.
    sent: BTreeMap<&'static str, Option<&'a str>>,
    received: BTreeMap<&'static str, Option<String>>,
}

/// The answer.
pub fn facts(app: &App, fields: Fields<'_>) -> Answer {
    let received = RECEIVED.into_iter().map(|(text, name)| (text, joined(fields, name))).collect();
    let document =
        Document { mode: &app.mode, base_path: app.base_path.as_str(), sent: sent(app), received };
    let mut answer = respond::json(StatusCode::OK, &document);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Cookie"));
    answer
}

fn sent(app: &App) -> BTreeMap<&'static str, Option<&str>> {
    BTreeMap::from([
        ("content-security-policy", Some(POLICY)),
        ("cross-origin-resource-policy", Some("same-origin")),
        ("feature-policy", None),
        ("permissions-policy", app.permissions.as_ref().map(|it| it.as_str())),
        ("x-frame-options", None),
    ])
}

fn joined(fields: Fields<'_>, name: Name) -> Option<String> {
    let lines: Vec<_> = fields.all(name).map(|value| String::from_utf8_lossy(value)).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}
