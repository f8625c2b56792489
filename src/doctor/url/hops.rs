//! Which hop sets, drops or overrides a header: what the gateway says that it has sent, beside what
//! arrived, and beside how others' pages come through the same proxy.

use http::HeaderMap;
use serde::Serialize;

use super::observed::{Observed, lines};
use crate::doctor::finding::Side;

/// The headers that matter.
pub const HEADERS: [&str; 5] = [
    "permissions-policy",
    "feature-policy",
    "content-security-policy",
    "x-frame-options",
    "cross-origin-resource-policy",
];

/// A header on its way from the container to the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hop {
    /// Its name.
    pub header: &'static str,
    /// With what the IDE's page arrived.
    pub page: Vec<String>,
    /// What the container sent with its `/api/voice-check`, if it has that.
    pub sent: Option<Vec<String>>,
    /// What of that arrived; where there is none, the same as `page`.
    pub got: Vec<String>,
    /// The same header of a page of the Hub's, and of one of Jupyter's own.
    pub hub: Option<Vec<String>>,
    /// See `hub`.
    pub jupyter: Option<Vec<String>>,
    /// What has become of it in between.
    pub change: Change,
    /// Whose doing it is, what arrived; none where nothing did, or nobody can tell.
    pub by: Option<Side>,
}

/// What has become of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Nothing, or it is in no one's answer.
    None,
    /// It was not sent, and is there.
    Added,
    /// It was sent, and is not there.
    Dropped,
    /// It is another.
    Replaced,
    /// It is there, and one more.
    Doubled,
    /// What was sent is not known.
    Unknown,
}

/// All of them.
pub fn of(observed: &Observed) -> Vec<Hop> {
    let empty = HeaderMap::new();
    let last = observed.way.steps.last().map(|last| &last.headers);
    // What was sent is known of the check's answer alone; where there is none, the page's counts.
    let got = observed.check.as_ref().map(|check| &check.got).or(last).unwrap_or(&empty);
    let others = |headers: &Option<HeaderMap>, name| headers.as_ref().map(|it| lines(it, name));
    HEADERS
        .into_iter()
        .map(|name| {
            let sent = observed.check.as_ref().map(|check| check.said.sent_lines(name));
            let (hub, jupyter) = (others(&observed.hub, name), others(&observed.jupyter, name));
            let page = lines(last.unwrap_or(&empty), name);
            Hop { page, ..hop(name, sent, lines(got, name), hub, jupyter) }
        })
        .collect()
}

fn hop(
    header: &'static str,
    sent: Option<Vec<String>>,
    got: Vec<String>,
    hub: Option<Vec<String>>,
    jupyter: Option<Vec<String>>,
) -> Hop {
    let change = sent.as_ref().map_or(Change::Unknown, |sent| change(sent, &got));
    let is_everywhere = hub.as_ref().is_some_and(|hub| !got.is_empty() && same(hub, &got));
    let by = match change {
        Change::None if got.is_empty() => None,
        Change::None => Some(Side::Container),
        // What singleuser or the Hub set goes no further than their own pages.
        Change::Added | Change::Dropped | Change::Replaced | Change::Doubled => {
            Some(Side::ReverseProxy)
        }
        Change::Unknown => is_everywhere.then_some(Side::ReverseProxy),
    };
    Hop { header, page: Vec::new(), sent, got, hub, jupyter, change, by }
}

fn change(sent: &[String], got: &[String]) -> Change {
    if same(sent, got) {
        return Change::None;
    }
    let kept = values(got);
    match (sent.is_empty(), got.is_empty()) {
        (true, _) => Change::Added,
        (_, true) => Change::Dropped,
        _ if values(sent).iter().all(|value| kept.contains(value)) => Change::Doubled,
        _ => Change::Replaced,
    }
}

/// Whether they say the same. Lines may have been joined by commas on the way (RFC 9110 §5.3).
fn same(one: &[String], other: &[String]) -> bool {
    values(one) == values(other)
}

fn values(lines: &[String]) -> Vec<String> {
    let values = lines.iter().flat_map(|line| line.split(','));
    let values = values.map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "));
    values.filter(|value| !value.is_empty()).collect()
}

impl Change {
    /// For people; none: nothing has changed.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Change::None | Change::Unknown => None,
            Change::Added => Some("added"),
            Change::Dropped => Some("dropped"),
            Change::Replaced => Some("replaced"),
            Change::Doubled => Some("doubled"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    fn found(sent: Option<&[&str]>, got: &[&str], hub: Option<&[&str]>) -> (Change, Option<Side>) {
        let hop = hop(HEADERS[0], sent.map(list), list(got), hub.map(list), None);
        (hop.change, hop.by)
    }

    #[test]
    fn what_arrives_is_compared_with_what_was_sent() {
        let (container, proxy) = (Some(Side::Container), Some(Side::ReverseProxy));
        let own = "microphone=(self), camera=()";
        for (sent, got, change, by) in [
            (&[][..], &[][..], Change::None, None),
            (&[own], &[own], Change::None, container),
            (&[own], &["microphone=(self),  camera=()"], Change::None, container),
            (&["microphone=(self)", "camera=()"], &[own], Change::None, container),
            (&[], &["microphone=()"], Change::Added, proxy),
            (&[own], &[], Change::Dropped, proxy),
            (&[own], &["microphone=()"], Change::Replaced, proxy),
            (&[own], &[own, "microphone=()"], Change::Doubled, proxy),
            (&[own], &["microphone=()", own], Change::Doubled, proxy),
            (&[own], &["microphone=(self), camera=(), microphone=()"], Change::Doubled, proxy),
        ] {
            assert_eq!(found(Some(sent), got, None), (change, by), "{sent:?} {got:?}");
        }
    }

    #[test]
    fn without_the_gateways_word_only_what_is_on_all_pages_can_be_told() {
        let (off, on) = ("microphone=()", "microphone=*");
        let of = |got: &[&str], hub: Option<&[&str]>| found(None, got, hub);
        assert_eq!(of(&[off], Some(&[off])), (Change::Unknown, Some(Side::ReverseProxy)));
        assert_eq!(of(&[off], Some(&[on])), (Change::Unknown, None));
        assert_eq!(of(&[off], None), (Change::Unknown, None));
        assert_eq!(of(&[], Some(&[])), (Change::Unknown, None));
    }
}
