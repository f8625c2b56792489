//! How each service is started: one file for each of them.

pub mod gateway;
pub mod ide;
pub mod program;
pub mod singleuser;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::Task;
use crate::environment::{Environment, Mode, Variables};
use crate::plan::{Plan, PlanError};
use crate::settings::Settings;

/// A service, ready to be started.
#[derive(Debug, Clone)]
pub struct Service {
    /// What it is called.
    pub name: &'static str,
    /// What is executed; the first word is looked up on PATH.
    pub argv: Vec<OsString>,
    /// Whether `argv` is this program itself.
    pub is_own_program: bool,
    /// Its whole environment.
    pub env: BTreeMap<OsString, OsString>,
    /// Its working directory.
    pub directory: PathBuf,
    /// What stands on its standard input.
    pub input: Input,
    /// Whether it has the public port, and is stopped first.
    pub is_front: bool,
    /// Whether a probe tells when it is ready. Otherwise it is ready once it runs.
    pub is_probed: bool,
    /// What its end means.
    pub on_end: OnEnd,
}

/// What stands on a service's standard input.
#[derive(Debug, Clone)]
pub enum Input {
    /// Nothing.
    None,
    /// The gateway's configuration. It may hold a secret.
    Gateway(Box<crate::gateway::config::Config>),
    /// The terminal, or whatever this program got.
    Inherited,
}

/// What a service's end means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEnd {
    /// It is started again.
    Restart,
    /// Exit code 0 ends the container with 0, as the user shut the server down; after anything
    /// else it is started again.
    ZeroEndsAll,
    /// The container ends with its exit code.
    EndsAll,
}

impl Service {
    /// For `plan`.
    pub fn to_json(&self) -> serde_json::Value {
        let words: Vec<_> = self.argv.iter().map(|word| word.to_string_lossy()).collect();
        json!({
            "name": self.name,
            "command": words,
            "directory": self.directory,
            "on_end": match self.on_end {
                OnEnd::Restart => "restart",
                OnEnd::ZeroEndsAll => "0 stops the container, otherwise restart",
                OnEnd::EndsAll => "ends the container with its exit code",
            },
        })
    }
}

/// Adds the services of a task to a plan.
///
/// # Errors
/// Settings that a service can't be started with.
pub fn add_to(
    plan: &mut Plan,
    settings: &Settings,
    environment: &Environment,
    task: &Task,
) -> Result<(), PlanError> {
    if let Task::Program(argv) = task {
        plan.services.push(program::service(plan, environment, argv));
        return Ok(());
    }
    plan.services.push(ide::service(plan, settings, environment));
    plan.services.push(gateway::service(plan, settings, environment)?);
    if let (Mode::Jupyterhub, Some(hub)) = (environment.mode, &environment.hub) {
        let args = match task {
            Task::Singleuser(args) => args.as_slice(),
            _ => &[],
        };
        plan.services.push(singleuser::service(plan, settings, environment, hub, args));
    }
    Ok(())
}

/// The environment of something that runs as the user: what the container was given, without
/// this program's own settings, with what a login would set.
fn user_environment(plan: &Plan, variables: &Variables) -> BTreeMap<OsString, OsString> {
    let is_own = |name: &OsString| name.to_string_lossy().starts_with("WAIIDE_");
    let mut env: BTreeMap<_, _> = variables
        .0
        .iter()
        .filter(|(name, _)| !is_own(name))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    env.entry("PATH".into()).or_insert_with(|| DEFAULT_PATH.into());
    env.insert("HOME".into(), plan.home.path.clone().into());
    env.insert("USER".into(), plan.account.name.clone().into());
    env.insert("LOGNAME".into(), plan.account.name.clone().into());
    env.insert("SHELL".into(), plan.account.shell.clone().into());
    env
}

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The Hub's credentials: whoever holds them can act as the server towards the Hub. Only
/// jupyterhub-singleuser needs them.
pub const HUB_SECRETS: [&str; 2] = ["JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN"];

fn without_hub_secrets(mut env: BTreeMap<OsString, OsString>) -> BTreeMap<OsString, OsString> {
    env.retain(|name, _| !HUB_SECRETS.iter().any(|secret| name == secret));
    env
}
