//! `waiide-init doctor`: what is wrong here, why it matters, and who has to change what.
//!
//! It looks at the same values that a start is made from, at the services, the home, the ports and
//! voice, and asks the Hub; with `--url`, it looks at a deployed server from outside instead. It
//! changes nothing.

pub mod finding;
mod home;
mod hub;
mod ports;
mod services;
pub mod url;
mod voice;

use crate::commands;
use crate::environment::hub::agreement;
use crate::environment::{Environment, Mode};
use crate::plan::Plan;
use finding::{Finding, Level, Side, to_text};

/// Looks, prints, and returns the exit code: 1 when something is broken.
///
/// # Errors
/// Nothing could be printed.
pub fn run(looked: &anyhow::Result<(Environment, Plan)>, json: bool) -> anyhow::Result<i32> {
    let findings = match looked {
        Ok((environment, plan)) => examine(environment, plan),
        Err(error) => vec![unusable(error)],
    };
    let is_broken = findings.iter().any(|finding| finding.level == Level::Broken);
    let text = match json {
        true => format!("{:#}\n", serde_json::json!({ "findings": findings })),
        false => to_text(&findings),
    };
    commands::print(&text)?;
    Ok(i32::from(is_broken))
}

/// What keeps it from starting at all. The error says itself what to change.
fn unusable(error: &anyhow::Error) -> Finding {
    Finding::broken("start", format!("{error:#}"))
        .because("waiide-init ends with 2 where it can't start")
        .change(Side::Container, "what it says, in the variables, flags or files that it names")
}

fn examine(environment: &Environment, plan: &Plan) -> Vec<Finding> {
    let services = services::look(plan);
    let mut findings =
        vec![Finding::ok("mode", format!("{}, because {}", plan.mode.as_str(), plan.reason))];
    findings.extend(of_variables(environment, plan));
    findings.extend(home::look(plan, services.is_some()));
    findings.extend(ports::look(plan, services.is_some()));
    findings.extend(services.unwrap_or_else(|| vec![services::absent()]));
    findings.extend(voice::look(plan));
    if let Some(hub) = plan.hub.as_ref().filter(|_| plan.mode == Mode::Jupyterhub) {
        findings.extend(hub::look(hub, &environment.variables));
    }
    findings
}

/// What the start itself would say of the variables.
fn of_variables(environment: &Environment, plan: &Plan) -> Vec<Finding> {
    let contradictions = match plan.mode {
        Mode::Jupyterhub => agreement::contradictions(&environment.variables),
        Mode::Standalone => Vec::new(),
    };
    let sentences: Vec<_> = contradictions.iter().map(|each| each.warning()).collect();
    let others = plan.warnings.iter().filter(|warning| !sentences.contains(warning));
    let others = others.map(of_warning);
    let repairs = plan.repairs.iter().map(of_repair);
    let agree = contradictions.is_empty() && plan.mode == Mode::Jupyterhub;
    let agree = agree.then(|| Finding::ok("variables", "the Hub's variables agree"));
    let contradictions = contradictions.iter().map(of_contradiction);
    agree.into_iter().chain(contradictions).chain(repairs).chain(others).collect()
}

/// A warning says itself what comes of it.
fn of_warning(warning: &String) -> Finding {
    Finding::warning("start", warning)
        .because("it starts all the same, and something may not be as it was meant")
        .change(Side::Container, "what it says, in the variables, flags or files that it names")
}

fn of_contradiction(contradiction: &agreement::Contradiction) -> Finding {
    let agreement::Contradiction { one, other, words, .. } = contradiction;
    let what = format!("{one} and {other} contradict each other: {words}");
    let finding = match contradiction.is_of_identity {
        true => Finding::broken("variables", what)
            .because("people get 403, or a page that is not there, and nothing is repaired"),
        false => Finding::warning("variables", what)
            .because("the Hub may not find this server, or not hear from it"),
    };
    finding.change(Side::Hub, agreement::LIKELY_CAUSE)
}

fn of_repair(repair: &crate::environment::Repair) -> Finding {
    Finding::warning("variables", repair.sentence())
        .because("as the Hub sent it, people could not log in; here it is put right")
        .change(Side::Hub, "see what the spawner (get_env, environment) makes of this variable")
}
