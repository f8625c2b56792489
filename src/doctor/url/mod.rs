//! `waiide-init doctor --url`: follows a deployed server's address as a browser would, and says
//! what keeps voice from working, and whose turn it is.
//!
//! `observe` asks and makes values of what comes back; `judge` makes findings of those values, and
//! `hops` tells who on the way has changed a header. It needs nothing of the machine that it runs
//! on, and never prints a token.

mod advice;
mod browser;
mod connection;
mod hops;
mod judge;
mod observe;
mod observed;
mod place;
mod report;
mod target;
mod websocket;
mod words;

pub use target::{Target, Unusable};

use crate::commands;
use crate::doctor::finding::Level;

/// Looks, prints, and returns the exit code: 1 when something is broken.
///
/// # Errors
/// Nothing could be printed.
pub fn run(target: &Target, json: bool) -> anyhow::Result<i32> {
    let observed = observe::observe(target);
    let findings = judge::judge(&observed);
    let text = match json {
        true => format!("{:#}\n", report::to_json(&observed, &findings)),
        false => report::to_text(&observed, &findings),
    };
    commands::print(&text)?;
    Ok(i32::from(findings.iter().any(|finding| finding.level == Level::Broken)))
}
