//! Who is let in: the origin that a request comes from, then the token.

mod attempts;
pub mod embedding;
pub mod gate;
pub mod origin;
mod session;
mod sign_in;

use http::{Request, StatusCode};
use hyper::body::Incoming;

use self::embedding::{Fetch, Verdict};
use super::app::App;
use super::asked::{Asked, Destination, Entry};
use super::facts;
use super::host::Host;
use super::respond::{self, Refusal};

/// Lets a request in, or answers it.
pub async fn admit(
    app: &App,
    asked: &Asked,
    request: Request<Incoming>,
) -> Result<(Entry, Request<Incoming>), Refusal> {
    check_origin(app, &asked.host, &request)?;
    match (&app.gate, &asked.destination) {
        (None, _) | (_, Destination::BarePrefix | Destination::Elsewhere) => {
            Ok((Entry::Known, request))
        }
        (Some(gate), _) => sign_in::admit(gate, asked, request).await,
    }
}

/// Refuses what another site's page may not ask for.
fn check_origin(app: &App, host: &Host, request: &Request<Incoming>) -> Result<(), Refusal> {
    if verdict(app, host, request).admits() {
        return Ok(());
    }
    let message = "a page of another origin made this request; if that origin is to be let in, \
                   name it in --allowed-origins or WAIIDE_ALLOWED_ORIGINS";
    Err(Box::new(respond::error(StatusCode::FORBIDDEN, "origin_not_allowed", message)))
}

/// What [`embedding`] says of a request.
pub fn verdict<B>(app: &App, host: &Host, request: &Request<B>) -> Verdict {
    let headers = request.headers();
    let read = |name: &'static str| {
        let name = http::HeaderName::from_static(name);
        headers.contains_key(&name).then(|| facts::only(headers, &name).unwrap_or(""))
    };
    let fetch = Fetch {
        site: read("sec-fetch-site"),
        mode: read("sec-fetch-mode"),
        dest: read("sec-fetch-dest"),
        origin: read("origin"),
        referer: read("referer"),
        safe: request.method().is_safe(),
        websocket: facts::is_websocket(headers),
    };
    let mut hosts = vec![host.clone()];
    if app.behind_jupyter {
        hosts.extend(forwarded_hosts(headers));
    }
    embedding::embedding(&fetch, &hosts, &app.origins)
}

/// The hosts that the proxies before us say the client asked for. A page cannot set this header
/// across origins without being asked first, and nobody answers that question with yes.
fn forwarded_hosts(headers: &http::HeaderMap) -> impl Iterator<Item = Host> {
    let name = http::HeaderName::from_static("x-forwarded-host");
    facts::tokens(headers, &name).filter_map(|text| Host::parse(text).ok())
}
