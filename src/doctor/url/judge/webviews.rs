//! Webviews: two frames, of the IDE's own origin if voice is to work in them.

use http::HeaderMap;

use crate::doctor::finding::{Finding, Side};
use crate::doctor::url::advice;
use crate::doctor::url::hops::Hop;
use crate::doctor::url::judge::microphone::{self, Said};
use crate::doctor::url::observed::{Observed, lines};
use crate::doctor::url::place::Place;
use crate::doctor::url::target::authority;
use crate::policies::content_security as csp;
use crate::workbench::Webviews;

const OPTIONS: &str = "x-frame-options";
const POLICY: &str = "content-security-policy";

/// Looks at where they come from and at how they are served.
pub fn look(observed: &Observed, hops: &[Hop]) -> Vec<Finding> {
    let Some(Place::Workbench(workbench)) = &observed.place else { return Vec::new() };
    let origin = match workbench.webviews(&observed.at().origin().ascii_serialization()) {
        Webviews::SameOrigin => None,
        Webviews::Elsewhere(from) => Some(foreign(observed, &from)),
        Webviews::Unsaid => Some(foreign(observed, "most likely *.vscode-cdn.net, the default")),
    };
    let is_own = origin.is_none();
    let mut findings: Vec<_> = origin.into_iter().collect();
    // An edge that adds something to the page adds it everywhere.
    let page = observed.webview.as_ref().or(observed.page());
    findings.extend(page.and_then(|page| framing(page, hops)));
    let feature = observed.webview.as_ref().and_then(|page| policy(page, hops));
    // What the page itself is forbidden has its own finding.
    findings.extend(feature.filter(|_| is_own && may(observed.page())));
    if findings.is_empty() {
        findings.push(Finding::ok("webviews", "they are of the IDE's own origin"));
    }
    findings
}

fn foreign(observed: &Observed, from: &str) -> Finding {
    let what = format!("they come from another origin, {}", microphone::short(from));
    let finding = Finding::broken("webviews", what).because(
        "VS Code's frames hand the microphone on to their own origin alone, and browsers keep \
         the storage of other sites from them; microphone=(self) shuts them out as well",
    );
    match from.strip_prefix("http://") == Some(&authority(observed.at())) {
        true => finding
            .change(Side::ReverseProxy, "the container takes the browser to come by http: say so")
            .paste(advice::SCHEME),
        false => finding
            .change(Side::Container, "have them come from the IDE's own:")
            .paste(advice::WEBVIEWS),
    }
}

fn may(page: Option<&HeaderMap>) -> bool {
    let said =
        |page| microphone::said(&lines(page, "permissions-policy"), &lines(page, "feature-policy"));
    page.is_none_or(|page| matches!(said(page), Said::Nothing | Said::Allowed))
}

fn policy(page: &HeaderMap, hops: &[Hop]) -> Option<Finding> {
    if may(Some(page)) {
        return None;
    }
    let (side, how) = super::whose(hops, "permissions-policy");
    let what = format!("their page, unlike the IDE's, is forbidden the microphone; {how}");
    let finding = Finding::broken("webviews", what).because("getUserMedia is refused in them");
    Some(finding.change(side, "send it the same as the IDE's page:").paste(&advice::one_policy()))
}

/// Who may frame a page: `frame-ancestors`, or where no policy has that, X-Frame-Options
/// (HTML §7.8).
fn framing(page: &HeaderMap, hops: &[Hop]) -> Option<Finding> {
    let values = lines(page, POLICY);
    let policies: Vec<_> = values.iter().flat_map(|value| csp::policies(value)).collect();
    let ancestors: Vec<Vec<&str>> = policies
        .iter()
        .filter_map(|it| Some(csp::governing(&csp::directives(it), &["frame-ancestors"])?.to_vec()))
        .collect();
    if ancestors.iter().any(|sources| shuts_out(sources)) {
        let (side, how) = super::whose(hops, POLICY);
        return Some(dead(format!("frame-ancestors 'none': nothing frames them; {how}"), side));
    }
    let options = lines(page, OPTIONS);
    let denies = options.iter().flat_map(|line| line.split(',')).any(|it| is(it, "deny"));
    let (side, how) = super::whose(hops, OPTIONS);
    match (denies, ancestors.is_empty()) {
        (false, _) => None,
        (true, true) => Some(
            dead(format!("X-Frame-Options: DENY, nothing frames them; {how}"), side)
                .paste(advice::FRAMES),
        ),
        (true, false) => Some(
            Finding::warning("webviews", format!("X-Frame-Options: DENY; {how}"))
                .because(
                    "browsers pass over it where Content-Security-Policy has frame-ancestors, as \
                     here; anything else than a browser may not",
                )
                .change(side, "take it out, or in nginx:")
                .paste(advice::FRAMES),
        ),
    }
}

fn shuts_out(sources: &[&str]) -> bool {
    sources.is_empty() || matches!(sources, [only] if is(only, "'none'"))
}

fn is(text: &str, wanted: &str) -> bool {
    text.trim().eq_ignore_ascii_case(wanted)
}

fn dead(what: String, side: Side) -> Finding {
    Finding::broken("webviews", what)
        .because("webviews are frames: none shows")
        .change(side, "let pages of the same origin frame them")
}
