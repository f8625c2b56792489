//! Lets a request in, or answers it: by the origin that it comes from, then by the token
//! ([`access`](super::access)).

mod sign_in;

use http::StatusCode;

use super::access::embedding::{self, Fetch, Verdict};
use super::access::gate;
use super::access::origin::Origin;
use super::app::App;
use super::asked::{Asked, Destination, Entry};
use super::facts;
use super::host::Host;
use super::http1::{Fields, Name, RequestHead};
use super::respond::{self, Refusal};
use super::turn::Turn;

/// How far a request is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// So far.
    Admitted(Entry),
    /// Nobody knows yet who it is: [`sign_in`] finds out.
    Unknown,
}

/// Lets a request in, or answers it, as far as its head tells.
pub fn admit(app: &App, asked: &Asked, head: &RequestHead) -> Result<Admission, Refusal> {
    check_origin(asked.verdict)?;
    match (&app.gate, &asked.destination) {
        (None, _) | (_, Destination::BarePrefix | Destination::Elsewhere) => {
            Ok(Admission::Admitted(Entry::Known))
        }
        (Some(gate), _) if sign_in::is_plainly_signed_in(gate, asked, head) => {
            Ok(Admission::Admitted(Entry::Known))
        }
        (Some(_), _) => Ok(Admission::Unknown),
    }
}

/// Lets a request in that shows the token, or something that stands for it; or answers it.
pub async fn sign_in(turn: &mut Turn<'_>, asked: &Asked) -> Result<Entry, Refusal> {
    match &turn.app.clone().gate {
        Some(gate) => sign_in::admit(gate, asked, turn).await,
        None => Ok(Entry::Known),
    }
}

/// What [`embedding`] says of a request.
pub fn verdict(app: &App, host: &Host, head: &RequestHead) -> Verdict {
    let fields = head.fields();
    let read = |name| fields.has(name).then(|| fields.only(name).unwrap_or_default());
    let fetch = Fetch {
        site: read(Name::SecFetchSite),
        mode: read(Name::SecFetchMode),
        dest: read(Name::SecFetchDest),
        origin: read(Name::Origin),
        referer: read(Name::Referer),
        safe: head.is_safe(),
        websocket: facts::is_websocket(head),
        by_https: gate::came_by_https(fields),
    };
    let is_at = |origin: &Origin| {
        origin.is_at(host)
            || app.behind_jupyter && forwarded_hosts(fields).any(|host| origin.is_at(&host))
    };
    embedding::embedding(&fetch, is_at, &app.origins)
}

/// Refuses what another site's page may not ask for.
fn check_origin(verdict: Verdict) -> Result<(), Refusal> {
    if verdict.admits() {
        return Ok(());
    }
    let message = "a page of another origin made this request; if that origin is to be let in, \
                   name it in --allowed-origins or WAIIDE_ALLOWED_ORIGINS";
    Err(Box::new(respond::error(StatusCode::FORBIDDEN, "origin_not_allowed", message)))
}

/// The hosts that the proxies before us say the client asked for. A page cannot set this header
/// across origins without being asked first, and nobody answers that question with yes.
fn forwarded_hosts(fields: Fields<'_>) -> impl Iterator<Item = Host> {
    fields.tokens(Name::XForwardedHost).filter_map(|text| Host::parse(text).ok())
}
