//! What was seen, as values.

use http::HeaderMap;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

use super::browser::Way;
use super::connection::Trouble;
use super::place::Place;
use super::target;
use super::websocket::Upgrade;
use crate::doctor::finding::printable;
use crate::workbench::Workbench;

/// All of it.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The address that was asked for, without a token.
    pub asked: Url,
    /// Where a token came from.
    pub token: Token,
    /// The way from there.
    pub way: Way,
    /// Where it ended, if it ended with an answer.
    pub place: Option<Place>,
    /// The certificates that a browser warns of, by origin.
    pub flaws: BTreeMap<String, Trouble>,
    /// The outer page of webviews.
    pub webview: Option<HeaderMap>,
    /// What the gateway says of its own answer.
    pub check: Option<Check>,
    /// How a page of the Hub's comes.
    pub hub: Option<HeaderMap>,
    /// How a page of Jupyter's own comes.
    pub jupyter: Option<HeaderMap>,
    /// What came of a WebSocket, where it was tried.
    pub upgrade: Option<Upgrade>,
}

/// Which token was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// None.
    Missing,
    /// The one in the address; it opened the door.
    Link,
    /// The one in the address, which opened the door only as a header.
    LinkAsHeader,
    /// A variable's.
    Variable,
}

/// The gateway's `/api/voice-check`.
#[derive(Debug, Clone)]
pub struct Check {
    /// What it says.
    pub said: Said,
    /// With which header lines that arrived.
    pub got: HeaderMap,
}

/// What `/api/voice-check` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Said {
    /// The header lines with which it was sent.
    pub sent: BTreeMap<String, Option<String>>,
    /// The header lines of the request, as they arrived.
    pub received: BTreeMap<String, Option<String>>,
}

impl Said {
    /// The lines of a header with which it was sent.
    pub fn sent_lines(&self, name: &str) -> Vec<String> {
        self.sent.get(name).cloned().flatten().into_iter().collect()
    }

    /// A header line of the request, as it arrived.
    pub fn received(&self, name: &str) -> Option<&str> {
        self.received.get(name)?.as_deref()
    }
}

impl Observed {
    /// The last address, which a browser shows.
    pub fn at(&self) -> &Url {
        self.way.steps.last().map_or(&self.asked, |last| &last.url)
    }

    /// The header lines of the IDE's page; none where that was not reached.
    pub fn page(&self) -> Option<&HeaderMap> {
        let is_ide = matches!(self.place, Some(Place::Workbench(_) | Place::StartUp));
        self.way.steps.last().filter(|_| is_ide).map(|last| &last.headers)
    }

    /// Whether what was reached, or was to be reached, is behind a Hub.
    pub fn is_behind_hub(&self) -> bool {
        self.hub.is_some() || self.jupyter.is_some() || hub_of(self.at()).is_some()
    }
}

/// Where the Hub of a user's server is, by the server's address.
pub fn hub_of(url: &Url) -> Option<Url> {
    let (base, _) = url.path().split_once("/user/")?;
    target::without_query(url).join(&format!("{base}/hub/login")).ok()
}

/// The IDE's base, by the address of its page.
pub fn base_of(page: &Url) -> Option<Url> {
    target::without_query(page).join(".").ok()
}

/// A page of Jupyter's own that anybody may see, by the IDE's base.
pub fn jupyter_of(base: &Url) -> Option<Url> {
    let is_behind = base.path().contains("/user/") && base.path().ends_with("/ide/");
    is_behind.then(|| base.join("../api").ok()).flatten()
}

/// The outer page of webviews, by the address of the IDE's page; none where it differs for each.
pub fn webview_of(workbench: &Workbench, page: &Url) -> Option<Url> {
    let folder = workbench.webviews.as_deref().filter(|folder| !folder.contains("{{"))?;
    let folder = page.join(&format!("{}/", folder.trim_end_matches('/'))).ok()?;
    folder.join("index.html").ok()
}

/// The lines of a header, in their order.
pub fn lines(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| printable(&String::from_utf8_lossy(value.as_bytes())).trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_others_are() {
        let of = |url: &str| {
            let base = base_of(&Url::parse(url).unwrap()).unwrap();
            let text = |url: Option<Url>| url.map(String::from).unwrap_or_default();
            (base.to_string(), text(hub_of(&base)), text(jupyter_of(&base)))
        };
        let (base, hub, jupyter) = of("https://h/x/user/a/b/ide/?folder=/w");
        assert_eq!(base, "https://h/x/user/a/b/ide/");
        assert_eq!(hub, "https://h/x/hub/login");
        assert_eq!(jupyter, "https://h/x/user/a/b/api");
        let at = Url::parse("https://h/ide/?folder=/w").unwrap();
        let webview = |from: &str| {
            let mut workbench = Workbench::default();
            workbench.webviews = Some(from.to_owned());
            webview_of(&workbench, &at).map(String::from)
        };
        assert_eq!(webview("s/pre").as_deref(), Some("https://h/ide/s/pre/index.html"));
        assert_eq!(webview("https://c/pre/").as_deref(), Some("https://c/pre/index.html"));
        assert_eq!(webview("https://{{uuid}}.c/pre"), None);
        assert_eq!(of("http://h:8070/?a"), ("http://h:8070/".into(), String::new(), String::new()));
    }
}
