//! Voice, as far as it is this container's: what its pages may use, and from where the IDE has its
//! webviews. The rest is seen from outside: `doctor --url`.

use std::net::SocketAddr;
use std::time::Duration;

use ureq::Agent;

use super::finding::{Finding, Side};
use crate::gateway::config::Config;
use crate::plan::Plan;
use crate::policies::permissions::{MICROPHONE, Policy};
use crate::services::Input;
use crate::workbench::{Webviews, Workbench};

/// How long the IDE may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at the settings and, where it answers, at the IDE's page.
pub fn look(plan: &Plan) -> Vec<Finding> {
    let Some(gateway) = gateway(plan) else { return Vec::new() };
    let webviews = page(gateway.ide).map(|page| of_page(&page, gateway));
    [Some(of_policy(gateway.permissions_policy.as_deref())), webviews.flatten()]
        .into_iter()
        .flatten()
        .collect()
}

fn gateway(plan: &Plan) -> Option<&Config> {
    plan.services.iter().find_map(|service| match &service.input {
        Input::Gateway(config) => Some(&**config),
        _ => None,
    })
}

fn of_policy(policy: Option<&str>) -> Finding {
    let Some(text) = policy else {
        return Finding::warning(
            "voice",
            "--permissions-policy is off: the IDE's headers are left alone",
        )
        .because("a header of the IDE's can shut the microphone off")
        .change(Side::Container, "leave WAIIDE_PERMISSIONS_POLICY and --permissions-policy out");
    };
    // One that can't be read was refused with the settings.
    let allowlist = Policy::parse(text).ok().and_then(|policy| policy.allowlist(MICROPHONE));
    match allowlist {
        Some(allowlist) if !allowlist.lets_itself() => Finding::broken(
            "voice",
            format!("the policy shuts the microphone off: {text}"),
        )
        .because("no extension can hear anybody")
        .change(
            Side::Container,
            "let it in with microphone=(self) in WAIIDE_PERMISSIONS_POLICY or --permissions-policy",
        ),
        _ => Finding::ok("voice", "the policy lets the IDE's pages have the microphone"),
    }
}

/// The IDE's page; none where there is none yet. It is asked behind the gateway, as nothing that
/// stands before it changes where webviews come from but the gateway, and what that does is known.
fn page(ide: SocketAddr) -> Option<String> {
    let config = Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None);
    let agent: Agent = config.build().into();
    agent.get(format!("http://{ide}/")).call().ok()?.body_mut().read_to_string().ok()
}

fn of_page(page: &str, gateway: &Config) -> Option<Finding> {
    let workbench = Workbench::read(page)?;
    let elsewhere = match workbench.webviews(&format!("http://{}", gateway.ide)) {
        Webviews::SameOrigin => None,
        Webviews::Elsewhere(origin) => Some(format!("the IDE has its webviews from {origin}")),
        Webviews::Unsaid => Some(
            "the IDE's page does not say where its webviews come from: most likely from \
             *.vscode-cdn.net, VS Code's default"
                .to_owned(),
        ),
    };
    Some(match elsewhere {
        None => Finding::ok("voice", "the IDE's webviews come from its own origin"),
        Some(_) if gateway.turns_webviews => {
            Finding::ok("voice", "the IDE's webviews are turned to its own origin (--webviews)")
        }
        Some(what) => Finding::broken("voice", what)
            .because(
                "a webview of another origin gets no microphone, and often does not load at all",
            )
            .change(Side::Container, "set WAIIDE_WEBVIEWS=same-origin, or --webviews same-origin"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_policy_is_judged_as_a_browser_reads_it() {
        for (policy, level) in [
            (Some("microphone=(self)"), Level::Ok),
            (Some("camera=()"), Level::Ok),
            (Some("microphone=()"), Level::Broken),
            (Some("microphone=(self), microphone=(\"https://a.example\")"), Level::Broken),
            (None, Level::Warning),
        ] {
            assert_eq!(of_policy(policy).level, level, "{policy:?}");
        }
    }
}
