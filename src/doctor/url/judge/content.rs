//! The page's Content-Security-Policy: whether frames, scripts and recordings get through.

use crate::doctor::finding::{Finding, Side};
use crate::doctor::url::hops::Hop;
use crate::doctor::url::observed::{Observed, lines};
use crate::doctor::url::place::Place;
use crate::policies::content_security::{self as csp, Directive};

const POLICY: &str = "content-security-policy";

/// Looks at the IDE's page.
pub fn look(observed: &Observed, hops: &[Hop]) -> Vec<Finding> {
    // The page that waits for the IDE has a stricter one of its own.
    let is_workbench = matches!(observed.place, Some(Place::Workbench(_)));
    let Some(page) = observed.page().filter(|_| is_workbench) else { return Vec::new() };
    let values = lines(page, POLICY);
    let policies: Vec<_> = values.iter().flat_map(|value| csp::policies(value)).collect();
    let read: Vec<_> = policies.iter().map(|policy| csp::directives(policy)).collect();
    let host = observed.at().host_str().unwrap_or_default();
    let (side, how) = super::whose(hops, POLICY);
    let mut findings = Vec::new();
    if let Some(sources) = read.iter().find_map(|policy| shut_frames(policy, host)) {
        let what =
            format!("Content-Security-Policy lets no frame of the page's own in ({sources})");
        findings.push(dead(format!("{what}; {how}"), side, "webviews are frames: none shows"));
    }
    if read.iter().any(|policy| shuts_scripts(policy)) {
        let what = "a Content-Security-Policy lacks the page's own nonce";
        findings.push(dead(
            format!("{what}; {how}"),
            side,
            "the page's scripts do not run, and it stays empty",
        ));
    }
    if read.iter().any(|policy| is_sandboxed(policy)) {
        let what =
            "Content-Security-Policy has a sandbox without allow-scripts or allow-same-origin";
        findings.push(dead(
            format!("{what}; {how}"),
            side,
            "the IDE's page has no origin to work with",
        ));
    }
    if policies.iter().any(|policy| csp::with_media(policy).is_some()) {
        findings.push(without_media(side, &how));
    }
    findings
}

fn dead(what: String, side: Side, why: &'static str) -> Finding {
    let how = match side {
        Side::ReverseProxy => {
            "take out the add_header of Content-Security-Policy: the IDE's page brings its own, \
             and every further one only forbids more"
        }
        _ => "leave the IDE's own Content-Security-Policy as it is",
    };
    Finding::broken("csp", what).because(why).change(side, how)
}

/// What lets frames in, if that is not the page's own origin.
fn shut_frames(policy: &[Directive<'_>], host: &str) -> Option<String> {
    let sources = csp::governing(policy, &["frame-src", "child-src", "default-src"])?;
    let lets = |source: &&str| {
        let source = source.to_ascii_lowercase();
        matches!(source.as_str(), "'self'" | "*" | "https:" | "http:") || names(&source, host)
    };
    (!sources.iter().any(lets)).then(|| match sources {
        [] => "'none'".to_owned(),
        sources => sources.join(" "),
    })
}

/// Whether a source is a host that stands for this one.
fn names(source: &str, host: &str) -> bool {
    let rest = source.split_once("://").map_or(source, |(_, rest)| rest);
    let name = rest.split([':', '/']).next().unwrap_or_default();
    match name.strip_prefix("*.") {
        Some(parent) => host.ends_with(&format!(".{parent}")),
        None => name == host,
    }
}

/// Whether the scripts in the page, which have a nonce or a hash, do not run.
fn shuts_scripts(policy: &[Directive<'_>]) -> bool {
    let sources = csp::governing(policy, &["script-src-elem", "script-src", "default-src"]);
    let lets = |source: &&str| {
        let source = source.to_ascii_lowercase();
        source == "'unsafe-inline'" || source.starts_with("'nonce-") || source.starts_with("'sha")
    };
    sources.is_some_and(|sources| !sources.iter().any(lets))
}

fn is_sandboxed(policy: &[Directive<'_>]) -> bool {
    let sandbox = policy.iter().find(|directive| directive.name == "sandbox");
    sandbox.is_some_and(|it| {
        let has = |wanted: &str| it.values.iter().any(|value| value.eq_ignore_ascii_case(wanted));
        !has("allow-scripts") || !has("allow-same-origin")
    })
}

fn without_media(side: Side, how: &str) -> Finding {
    let what = format!("media-src lacks mediastream: or blob:; {how}");
    let finding = Finding::warning("csp", what)
        .because("getUserMedia works; older engines, and pages that play a recording back, don't");
    match side {
        Side::ReverseProxy => finding.change(
            side,
            "take out the add_header of Content-Security-Policy, or let it have: media-src 'self' \
             mediastream: blob:",
        ),
        _ => finding.change(
            side,
            "the gateway adds them unless WAIIDE_PERMISSIONS_POLICY is off: leave it at its default",
        ),
    }
}
