//! From what was seen to findings. Nothing here asks anybody anything.

mod arrival;
mod content;
mod microphone;
mod others;
mod transport;
mod webviews;

use super::hops::{self, Hop};
use super::observed::Observed;
use crate::doctor::finding::{Finding, Side};

/// All findings.
pub fn judge(observed: &Observed) -> Vec<Finding> {
    let hops = hops::of(observed);
    let mut findings = arrival::look(observed);
    findings.extend(transport::look(observed));
    if observed.way.steps.is_empty() {
        return findings;
    }
    findings.extend(transport::of_socket(observed));
    if observed.page().is_some() || observed.check.is_some() {
        findings.extend(microphone::look(observed, &hops));
        findings.extend(content::look(observed, &hops));
        findings.extend(webviews::look(observed, &hops));
    }
    findings.extend(others::look(observed));
    findings
}

fn hop<'a>(hops: &'a [Hop], name: &str) -> Option<&'a Hop> {
    hops.iter().find(|hop| hop.header == name)
}

/// Who has to change a header that arrived, and a word on how that is known.
fn whose(hops: &[Hop], name: &str) -> (Side, String) {
    match hop(hops, name).and_then(|hop| Some((hop, hop.by?))) {
        Some((hop, Side::Container)) => (Side::Container, of_container(hop).to_owned()),
        Some((hop, side)) => (side, of_proxy(hop)),
        None => (
            Side::ReverseProxy,
            "who sends it can't be told: what answers has no /api/voice-check, or it can't be \
             reached"
                .to_owned(),
        ),
    }
}

fn of_container(hop: &Hop) -> &'static str {
    // Each page has a Content-Security-Policy of its own.
    match hop.page == hop.got || hop.header == "content-security-policy" {
        true => "the container sends it itself",
        false => {
            "what the gateway sends of its own comes as it was sent, so that this is the IDE's, or \
             is added to pages alone"
        }
    }
}

fn of_proxy(hop: &Hop) -> String {
    let done = hop.change.as_str().unwrap_or("sent");
    let is_everywhere = hop.hub.as_ref().is_some_and(|hub| !hop.got.is_empty() && *hub == hop.got);
    let also = if is_everywhere { ", as it comes with the Hub's pages, too" } else { "" };
    format!("it is {done} on the way{also}")
}

#[cfg(test)]
mod tests;
