//! Whether the IDE's page may use the microphone.

use crate::doctor::finding::{Finding, Reasoned, Side};
use crate::doctor::url::advice;
use crate::doctor::url::hops::{Change, Hop};
use crate::doctor::url::observed::{Observed, lines};
use crate::policies::permissions::{MICROPHONE, Policy};

const PERMISSIONS: &str = "permissions-policy";
const FEATURE: &str = "feature-policy";
const REFUSED: &str = "the browser refuses getUserMedia without asking the person, in the IDE and \
    in all of its webviews";

/// What a page says about the microphone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nothing, which lets the page's own origin use it.
    Nothing,
    /// The page may use it.
    Allowed,
    /// It may not.
    Forbidden,
    /// `Feature-Policy` says that it may not.
    ForbiddenByFeaturePolicy,
}

/// What a page with these lines says.
pub fn said(permissions: &[String], feature: &[String]) -> Said {
    let new = Policy::parse(&permissions.join(", ")).ok().and_then(|it| it.allowlist(MICROPHONE));
    let old = Policy::of_feature_policy(&feature.join(", ")).allowlist(MICROPHONE);
    match (new, old) {
        (Some(list), _) if list.lets_itself() => Said::Allowed,
        (Some(_), _) => Said::Forbidden,
        (None, Some(list)) if !list.lets_itself() => Said::ForbiddenByFeaturePolicy,
        (None, Some(_)) => Said::Allowed,
        (None, None) => Said::Nothing,
    }
}

/// Looks at the IDE's page; where that was not seen, at the gateway's own.
pub fn look(observed: &Observed, hops: &[Hop]) -> Vec<Finding> {
    let page = observed.page().or(observed.check.as_ref().map(|check| &check.got));
    let Some(page) = page else { return Vec::new() };
    let (permissions, feature) = (lines(page, PERMISSIONS), lines(page, FEATURE));
    let value = permissions.join(", ");
    let mut findings = vec![match said(&permissions, &feature) {
        Said::Nothing => {
            Finding::ok("policy", "the page says nothing of the microphone: it may be used")
        }
        Said::Allowed => Finding::ok("policy", "the page may use the microphone"),
        Said::Forbidden => forbidden(hops, &value),
        Said::ForbiddenByFeaturePolicy => forbidden_by_old(hops, &feature.join(", ")),
    }];
    if !value.is_empty() && Policy::parse(&value).is_err() {
        findings.push(unreadable(hops, &value));
    } else if permissions.len() > 1 {
        findings.push(several(hops, permissions.len()));
    }
    findings
}

fn forbidden(hops: &[Hop], value: &str) -> Finding {
    let (side, how) = super::whose(hops, PERMISSIONS);
    let what = format!("Permissions-Policy forbids the microphone ({}); {how}", short(value));
    change_policy(Finding::broken("policy", what).because(REFUSED), side, hops)
}

/// How a header is put right, on each side.
fn change_policy(finding: Reasoned, side: Side, hops: &[Hop]) -> Finding {
    let is_known = super::hop(hops, PERMISSIONS).is_some_and(|hop| hop.change != Change::Unknown);
    match side {
        Side::ReverseProxy => {
            let right = if is_known { "; the container's own is right" } else { "" };
            let what = format!(
                "take out the add_header of Permissions-Policy{right}; or, if it has to be the \
                 proxy's, in nginx:"
            );
            finding.change(side, what).paste(&advice::one_policy())
        }
        _ => finding
            .change(
                Side::Container,
                "the setting, or what the IDE sends, is stricter than the default; to get that:",
            )
            .paste(&advice::own_policy()),
    }
}

fn forbidden_by_old(hops: &[Hop], value: &str) -> Finding {
    let (side, how) = super::whose(hops, FEATURE);
    let what = format!("Feature-Policy forbids the microphone ({}); {how}", short(value));
    let finding = Finding::broken("policy", what)
        .because("Chromium still honours it where Permissions-Policy does not name the microphone");
    match side {
        Side::ReverseProxy => finding
            .change(side, "take out the add_header of Feature-Policy; if others send it, in nginx:")
            .paste("proxy_hide_header Feature-Policy;"),
        _ => finding.change(side, "send none"),
    }
}

fn unreadable(hops: &[Hop], value: &str) -> Finding {
    let (side, how) = super::whose(hops, PERMISSIONS);
    let what = format!("Permissions-Policy can't be read ({}); {how}", short(value));
    let finding = Finding::warning("policy", what)
        .because("browsers ignore all of it, with an error in the console");
    change_policy(finding, side, hops)
}

fn several(hops: &[Hop], count: usize) -> Finding {
    let (side, how) = super::whose(hops, PERMISSIONS);
    let what = format!("Permissions-Policy is there {count} times; {how}");
    let finding = Finding::warning("policy", what)
        .because("the last value of a feature wins, whoever sent it");
    change_policy(finding, side, hops)
}

/// As much of a value as a sentence takes.
pub fn short(value: &str) -> String {
    const MOST: usize = 60;
    match value.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
