//! What an answer is, and who gave it.

use http::HeaderMap;
use serde::Serialize;
use url::Url;

use super::browser::Answer;
use crate::doctor::finding::printable;
use crate::workbench::Workbench;

/// Where a browser ended up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At the IDE.
    Workbench(Workbench),
    /// At the gateway's page that waits for the IDE.
    StartUp,
    /// Where the gateway asks for its token.
    SignIn,
    /// Where the Hub asks who it is.
    HubLogin,
    /// Where something else asks who it is.
    Login,
    /// At the gateway's page about this host name, to which it does not answer.
    HostRefused(String),
    /// At a page of the Hub's.
    Hub,
    /// At a page of Jupyter's own.
    Jupyter,
    /// At an answer that is an error.
    Error(u16),
    /// At a page of whoever.
    Other,
}

impl Place {
    /// Whether it is where somebody has to say who they are.
    pub fn is_login(&self) -> bool {
        matches!(self, Place::SignIn | Place::HubLogin | Place::Login)
    }
}

/// Who gave an answer, as far as it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// JupyterHub.
    Hub,
    /// jupyterhub-singleuser.
    Singleuser,
    /// The gateway of waiide-init.
    Gateway,
    /// The IDE.
    Ide,
    /// Whoever it was says no more than what [`server`] returns.
    Unknown,
}

/// Where an answer to somebody who asked for something at `asked` is.
pub fn of(answer: &Answer, asked: &Url) -> Place {
    let path = answer.url.path();
    let is_hub = is_jupyter(&answer.headers) && path.contains("/hub/");
    if let Some(workbench) = Workbench::read(&answer.body) {
        return Place::Workbench(workbench);
    }
    match answer.status {
        401 if is_gateways_challenge(&answer.headers) => Place::SignIn,
        401 | 407 => Place::Login,
        _ if is_hub && is_login(path) => Place::HubLogin,
        403 if refused_name(&answer.body).is_some() => {
            Place::HostRefused(refused_name(&answer.body).unwrap_or_default())
        }
        status if status >= 400 => Place::Error(status),
        _ if answer.url.host() != asked.host() => Place::Login,
        _ if answer.body.contains("id=\"services\"") && answer.body.contains("WAIIDE") => {
            Place::StartUp
        }
        _ if is_hub => Place::Hub,
        _ if is_jupyter(&answer.headers) => Place::Jupyter,
        _ => Place::Other,
    }
}

/// Who gave it.
pub fn who(answer: &Answer, place: Option<&Place>) -> Who {
    match place {
        Some(Place::Workbench(_)) => Who::Ide,
        Some(Place::SignIn | Place::StartUp | Place::HostRefused(_)) => Who::Gateway,
        _ if !is_jupyter(&answer.headers) => Who::Unknown,
        _ if answer.url.path().contains("/hub/") => Who::Hub,
        _ if answer.url.path().contains("/user/") => Who::Singleuser,
        _ => Who::Hub,
    }
}

/// What an answer calls the server that it comes from; a proxy puts its own name there.
pub fn server(headers: &HeaderMap) -> Option<String> {
    let name = headers.get(http::header::SERVER)?.to_str().ok()?;
    Some(printable(name).chars().take(40).collect())
}

/// Whether JupyterHub or jupyterhub-singleuser has made it.
pub fn is_jupyter(headers: &HeaderMap) -> bool {
    headers.contains_key("x-jupyterhub-version")
}

/// The name that the gateway's page says it was asked for.
fn refused_name(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("asked for as <code>").filter(|_| page.contains("WAIIDE"))?;
    rest.split_once("</code>").map(|(name, _)| printable(name))
}

fn is_login(path: &str) -> bool {
    ["/hub/login", "/hub/oauth_login", "/hub/api/oauth2/authorize", "/hub/signup"]
        .iter()
        .any(|login| path.ends_with(login))
}

fn is_gateways_challenge(headers: &HeaderMap) -> bool {
    let challenges = headers.get_all(http::header::WWW_AUTHENTICATE).iter();
    challenges.into_iter().any(|it| it.as_bytes() == b"Bearer realm=\"waiide\"")
}
