//! How each service is started: one file for each of them, and [`extra`] for those that an image
//! adds.

pub mod extra;
pub mod gateway;
pub mod hook;
pub mod ide;
pub mod order;
pub mod program;
pub mod singleuser;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::Task;
use crate::environment::{Environment, Mode, Variables};
use crate::gateway::config::Ask;
use crate::run_dir;
use crate::settings::Settings;
use crate::site::Site;

/// A service, ready to be started.
#[derive(Debug, Clone)]
pub struct Service {
    /// What it is called.
    pub name: String,
    /// What is executed; the first word is looked up on PATH.
    pub argv: Vec<OsString>,
    /// Its whole environment.
    pub env: BTreeMap<OsString, OsString>,
    /// Its working directory.
    pub directory: PathBuf,
    /// What stands on its standard input.
    pub input: Input,
    /// How it is known that it is ready.
    pub readiness: Readiness,
    /// How long it may run without being ready until it is started anew; none: for ever.
    pub patience: Option<Duration>,
    /// What its end means.
    pub on_end: OnEnd,
    /// The signal by which it is told to end.
    pub stop_signal: i32,
    /// In which wave of the stop that is: those of wave 0 first.
    pub wave: usize,
    /// Whether the next wave waits for its end; the one after that does in any case.
    pub is_waited_for: bool,
    /// The names of services that have to be ready before it is started.
    pub needs: Vec<String>,
    /// Whether the others go on when it has failed for good.
    pub is_optional: bool,
}

/// How it is known that a service is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It is, once it runs.
    Runs,
    /// It says so itself, over the control socket, and again and again.
    Tells,
    /// The gateway asks it.
    Answers(Ask),
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
    /// Exit code 0 means that it has done its work; after anything else it is started again.
    ZeroIsDone,
    /// The same, but after anything else it has failed for good.
    Final,
    /// Exit code 0 ends the container with 0, as the user shut the server down; after anything
    /// else it is started again.
    ZeroEndsAll,
    /// The container ends with its exit code.
    EndsAll,
}

impl OnEnd {
    /// For people.
    pub fn in_words(self) -> &'static str {
        match self {
            OnEnd::Restart => "restart",
            OnEnd::ZeroIsDone => "0 is the end of its work, otherwise restart",
            OnEnd::Final => "0 is the end of its work, otherwise failed",
            OnEnd::ZeroEndsAll => "0 stops the container, otherwise restart",
            OnEnd::EndsAll => "ends the container with its exit code",
        }
    }
}

impl Service {
    /// A service that is kept running, ready once it runs, and behind the IDE in the stop.
    fn new(name: &str, argv: Vec<OsString>, directory: PathBuf) -> Self {
        Service {
            name: name.to_owned(),
            argv,
            env: BTreeMap::new(),
            directory,
            input: Input::None,
            readiness: Readiness::Runs,
            patience: None,
            on_end: OnEnd::Restart,
            stop_signal: libc::SIGTERM,
            wave: order::IDE + 1,
            is_waited_for: true,
            needs: Vec::new(),
            is_optional: false,
        }
    }

    /// Whether `argv` is this program itself.
    pub fn is_own_program(&self) -> bool {
        matches!(self.input, Input::Gateway(_))
    }
}

/// Whether the name is one of this program's own services.
pub fn is_built_in(name: &str) -> bool {
    [ide::NAME, gateway::NAME, singleuser::NAME, program::NAME].contains(&name)
}

/// The services of a task, in the order in which they are started: the IDE, what stands before it,
/// and those that the image adds.
///
/// # Errors
/// The image's services contradict each other.
pub fn of(
    site: &Site,
    settings: &Settings,
    environment: &Environment,
    task: &Task,
    extras: &[extra::Extra],
) -> Result<Vec<Service>, extra::ExtraError> {
    let args = match task {
        Task::Program(argv) => return Ok(vec![program::service(site, environment, argv)]),
        Task::Singleuser(args) => args.as_slice(),
        Task::Serve => &[],
    };
    let mut services = vec![ide::service(site, settings, environment)];
    let hub = environment.hub.as_ref().filter(|_| environment.mode == Mode::Jupyterhub);
    services.extend(hub.map(|hub| singleuser::service(site, settings, environment, hub, args)));
    services.extend(extras.iter().map(|extra| extra.service(site, settings, environment)));
    let probes = gateway::probes(&services);
    services.insert(1, gateway::service(site, settings, environment, probes));
    extra::check_needs(extras, &services)?;
    order::set_waves(&mut services);
    Ok(services)
}

/// Fills the placeholders of a command's word in.
fn fill_in(word: &str, site: &Site) -> String {
    let values = [
        ("{ide_port}", site.ide.port().to_string()),
        ("{home}", site.home.path.to_string_lossy().into_owned()),
        ("{workspace}", site.home.workspace.to_string_lossy().into_owned()),
    ];
    filled(word, &values)
}

/// In one pass: what looks like a placeholder within a value stays, and so does a shell's `${home}`.
fn filled(word: &str, values: &[(&str, String)]) -> String {
    let (mut filled, mut rest) = (String::new(), word);
    while let Some((before, from)) = rest.find('{').and_then(|at| rest.split_at_checked(at)) {
        let mut ours = values.iter().filter(|_| !before.ends_with('$'));
        let known = ours.find_map(|(name, value)| Some((value, from.strip_prefix(name)?)));
        let (value, behind) = known.map_or(from.split_at(1), |(value, behind)| (value, behind));
        filled.extend([before, value]);
        rest = behind;
    }
    filled + rest
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

/// Where programs are looked up if nobody says where.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The Hub's credentials: whoever holds them can act as the server towards the Hub. Only
/// jupyterhub-singleuser needs them.
pub const HUB_SECRETS: [&str; 2] = ["JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN"];

fn without_hub_secrets(mut env: BTreeMap<OsString, OsString>) -> BTreeMap<OsString, OsString> {
    env.retain(|name, _| !HUB_SECRETS.iter().any(|secret| name == secret));
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_filled_in_itself() {
        let values = [("{a}", "<{b}>".to_owned()), ("{b}", "2".to_owned())];
        for (word, expected) in [
            ("{a}-{b}", "<{b}>-2"),
            ("{{b}", "{2"),
            ("{x}{b", "{x}{b"),
            ("é{b}é", "é2é"),
            ("${b}{b}", "${b}2"),
            ("", ""),
        ] {
            assert_eq!(filled(word, &values), expected);
        }
    }

    #[test]
    fn a_word_may_hold_any_number_of_braces() {
        let word = "{".repeat(1_000_000);
        assert!(filled(&word, &[("{a}", String::new())]) == word);
    }
}
