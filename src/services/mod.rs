//! How each service is started: one file for each of them.

pub mod gateway;
pub mod hook;
pub mod ide;
pub mod program;
pub mod singleuser;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::Task;
use crate::environment::{Environment, Mode, Variables};
use crate::run_dir;
use crate::settings::Settings;
use crate::site::Site;

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

/// The services of a task, in the order in which they are started.
pub fn of(
    site: &Site,
    settings: &Settings,
    environment: &Environment,
    task: &Task,
) -> Vec<Service> {
    let args = match task {
        Task::Program(argv) => return vec![program::service(site, environment, argv)],
        Task::Singleuser(args) => args.as_slice(),
        Task::Serve => &[],
    };
    let mut services = vec![
        ide::service(site, settings, environment),
        gateway::service(site, settings, environment),
    ];
    let hub = environment.hub.as_ref().filter(|_| environment.mode == Mode::Jupyterhub);
    services.extend(hub.map(|hub| singleuser::service(site, settings, environment, hub, args)));
    services
}

/// The environment of something that runs as the user: what the container was given, without
/// this program's own settings, with what a login would set.
fn user_environment(site: &Site, variables: &Variables) -> BTreeMap<OsString, OsString> {
    let account = &site.account;
    let mut env = login_environment(variables, &account.name, &site.home.path, &account.shell);
    // So that `waiide-init status` in a terminal finds it.
    if site.run_dir != Path::new(run_dir::USUAL) {
        env.insert("WAIIDE_RUN_DIR".into(), site.run_dir.clone().into());
    }
    env
}

/// What the container was given, without this program's own settings, with what somebody's login
/// would set.
fn login_environment(
    variables: &Variables,
    name: &str,
    home: &Path,
    shell: &Path,
) -> BTreeMap<OsString, OsString> {
    let is_own = |name: &OsString| name.to_string_lossy().starts_with("WAIIDE_");
    let mut env: BTreeMap<_, _> = variables
        .0
        .iter()
        .filter(|(name, _)| !is_own(name))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    env.entry("PATH".into()).or_insert_with(|| DEFAULT_PATH.into());
    env.insert("HOME".into(), home.into());
    env.insert("USER".into(), name.into());
    env.insert("LOGNAME".into(), name.into());
    env.insert("SHELL".into(), shell.into());
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
