//! The way, the headers and the findings, for people and for programs.

use serde::Serialize;
use serde_json::{Value, json};

use super::hops::{self, Change, Hop};
use super::observed::Observed;
use super::place::{self, Who};
use super::target::shown;
use super::words;
use crate::doctor::finding::printable;
use crate::doctor::finding::{self, Finding};

/// A step of the way.
#[derive(Debug, Serialize)]
struct Step {
    status: u16,
    url: String,
    by: Who,
    server: Option<String>,
}

/// For programs.
pub fn to_json(observed: &Observed, findings: &[Finding]) -> Value {
    json!({
        "url": shown(&observed.asked),
        "way": steps(observed),
        "headers": hops::of(observed),
        "received": observed.check.as_ref().map(|check| &check.said.received),
        "findings": findings,
    })
}

/// For people.
pub fn to_text(observed: &Observed, findings: &[Finding]) -> String {
    let steps = steps(observed).into_iter().map(|step| {
        let by = words::who(step.by, step.server.as_deref());
        format!("  {}  {}  ({by})\n", step.status, step.url)
    });
    let steps = steps.collect::<String>();
    let way = if steps.is_empty() { String::new() } else { format!("The way\n{steps}\n") };
    format!("{way}{}{}", table(observed), finding::to_text(findings))
}

fn steps(observed: &Observed) -> Vec<Step> {
    let count = observed.way.steps.len();
    let steps = observed.way.steps.iter().enumerate();
    steps
        .map(|(index, step)| {
            let place = observed.place.as_ref().filter(|_| index + 1 == count);
            Step {
                status: step.status,
                url: shown(&step.url),
                by: place::who(step, place),
                server: place::server(&step.headers),
            }
        })
        .collect()
}

/// The headers of the IDE's page, where it or the gateway was reached.
fn table(observed: &Observed) -> String {
    if observed.page().is_none() && observed.check.is_none() {
        return String::new();
    }
    let head = row("Headers", "got by the browser", "sent by the container", "on the way");
    let rows = hops::of(observed).iter().map(of_hop).collect::<String>();
    format!("{head}{rows}\n")
}

fn of_hop(hop: &Hop) -> String {
    let sent = match (&hop.sent, hop.change) {
        (None, _) => "?".to_owned(),
        // Each page has its own Content-Security-Policy: what matters is that it came as it was.
        (Some(_), Change::None) if !hop.page.is_empty() => "the same".to_owned(),
        (Some(sent), _) => one_line(sent),
    };
    let change = hop.change.as_str().unwrap_or_default();
    row(&format!("  {}", hop.header), &one_line(&hop.page), &sent, change)
}

fn one_line(lines: &[String]) -> String {
    match lines {
        [] => "–".to_owned(),
        lines => printable(&lines.join(" | ")),
    }
}

fn row(header: &str, got: &str, sent: &str, change: &str) -> String {
    let line = format!("{header:<31}{}  {}  {change}", cell(got), cell(sent));
    format!("{}\n", line.trim_end())
}

/// A cell of a fixed width.
fn cell(text: &str) -> String {
    const WIDTH: usize = 27;
    let cut = match text.char_indices().nth(WIDTH) {
        Some(_) => text.chars().take(WIDTH - 1).chain(['…']).collect(),
        None => text.to_owned(),
    };
    format!("{cut:<WIDTH$}")
}
