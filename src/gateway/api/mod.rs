//! The HTTP API under `/api`: its paths, its methods, and who answers.

mod about;
mod events;
mod health;
mod metrics;
mod openapi;
mod services;
mod voice_check;

use std::sync::Arc;

use http::StatusCode;

use super::access::embedding::Verdict;
use super::app::App;
use super::asked::{Asked, Entry};
use super::http1::RequestHead;
use super::pages;
use super::respond::{self, Answer};
use crate::control::protocol::Verb;

/// Something that the API answers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Endpoint<'a> {
    About,
    Services,
    Service(&'a str),
    Control(&'a str, Verb),
    Logs(&'a str),
    Health,
    Events,
    Metrics,
    OpenApi,
    Status,
    VoiceCheck,
    VoiceFrame,
}

impl<'a> Endpoint<'a> {
    /// Reads a path, `/api` or `/api/…`, byte for byte.
    fn of(path: &'a str) -> Option<Endpoint<'a>> {
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        Some(match parts.as_slice() {
            [] => Endpoint::About,
            ["services"] => Endpoint::Services,
            ["services", name] if !name.is_empty() => Endpoint::Service(name),
            ["services", name, "logs"] => Endpoint::Logs(name),
            ["services", name, verb] => Endpoint::Control(name, Verb::of(verb)?),
            ["health"] => Endpoint::Health,
            ["events"] => Endpoint::Events,
            ["metrics"] => Endpoint::Metrics,
            ["openapi.json"] => Endpoint::OpenApi,
            ["status"] => Endpoint::Status,
            ["voice-check"] => Endpoint::VoiceCheck,
            ["voice-check", "frame"] => Endpoint::VoiceFrame,
            _ => return None,
        })
    }

    /// The methods that it takes, as `Allow` lists them.
    fn allow(&self) -> &'static str {
        if matches!(self, Endpoint::Control(..)) { "POST" } else { "GET, HEAD" }
    }

    fn takes(&self, method: &str) -> bool {
        self.allow().split(", ").any(|allowed| allowed == method)
    }
}

/// Answers a request for the API. Of an answer to HEAD, whoever sends it sends the head alone.
pub async fn answer(app: &Arc<App>, asked: &Asked, entry: Entry, head: &RequestHead) -> Answer {
    let Some(endpoint) = Endpoint::of(asked.destination.api_path()) else {
        return unknown();
    };
    if !endpoint.takes(head.method()) {
        let allow = endpoint.allow();
        return respond::method_not_allowed(allow, format!("this takes {allow} only"));
    }
    let navigation = asked.navigation;
    let query = head.query().unwrap_or_default();
    match endpoint {
        Endpoint::About => about::answer(app),
        Endpoint::Services => services::all(app, query).await,
        Endpoint::Service(name) => services::one(app, name, query).await,
        Endpoint::Control(..) if asked.verdict != Verdict::Own => not_for_guests(),
        Endpoint::Control(name, verb) => services::control(app, name, verb).await,
        Endpoint::Logs(name) => services::logs(app, name, query).await,
        Endpoint::Health => health::answer(app, entry),
        Endpoint::Events => events::answer(app, head.is_head()),
        Endpoint::Metrics => metrics::answer(app).await,
        Endpoint::OpenApi => openapi::answer(),
        Endpoint::Status if navigation => pages::status(app.authentication),
        Endpoint::Status => unknown(),
        Endpoint::VoiceCheck if navigation => pages::voice_check(),
        Endpoint::VoiceCheck => voice_check::facts(app, head.fields()),
        Endpoint::VoiceFrame => pages::voice_frame(query == "inner"),
    }
}

fn unknown() -> Answer {
    let message = "the API has nothing here; see /api/openapi.json";
    respond::error(StatusCode::NOT_FOUND, "not_found", message)
}

/// The answer to a page of another origin, however welcome, that tells a service what to do: to be
/// let in is to use the IDE, not to stop it under the person who does.
fn not_for_guests() -> Answer {
    let message = "services are told what to do by pages of this server's own origin alone, whatever \
                   --allowed-origins lets in; if this is one, the proxy before the server has to \
                   pass the browser's Host on";
    respond::error(StatusCode::FORBIDDEN, "origin_not_allowed", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_they_should() {
        for (path, endpoint) in [
            ("/api", Some(Endpoint::About)),
            ("/api/", None),
            ("/api/services", Some(Endpoint::Services)),
            ("/api/services/", None),
            ("/api/services/ide", Some(Endpoint::Service("ide"))),
            ("/api/services/ide/restart", Some(Endpoint::Control("ide", Verb::Restart))),
            ("/api/services/ide/kill", None),
            ("/api/services/ide/logs", Some(Endpoint::Logs("ide"))),
            ("/api/services/ide/logs/x", None),
            ("/api/nothing", None),
        ] {
            assert_eq!(Endpoint::of(path), endpoint, "{path}");
        }
    }

    #[test]
    fn only_commands_take_post() {
        let restart = Endpoint::Control("ide", Verb::Restart);
        assert!(restart.takes("POST") && !restart.takes("GET"));
        assert!(Endpoint::Health.takes("HEAD") && !Endpoint::Health.takes("POST"));
    }
}
