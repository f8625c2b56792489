//! What will be done, as data. `run` carries it out, and `waiide-init plan` prints it.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::cli::Task;
use crate::environment::host::Host;
use crate::environment::hub::Hub;
use crate::environment::{Environment, EnvironmentError, Mode, user};
use crate::services::{self, Service};
use crate::settings::{Extent, LogFormat, Settings, parse};

/// The port that the public listener has where nobody says otherwise.
const DEFAULT_PORT: u16 = 8070;
/// The user name where no Hub gives one.
const DEFAULT_USER: &str = "calliope";
const STOP_TIMEOUT: Duration = Duration::from_secs(8);
/// KubeSpawner's `delete_grace_period` is 1 s, after which the pod is killed.
const STOP_TIMEOUT_KUBERNETES: Duration = Duration::from_millis(800);

/// Everything that a run does.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Which way to run.
    pub mode: Mode,
    /// Why.
    pub reason: String,
    /// Whom everything of the user's runs as.
    pub account: Account,
    /// What is done to the home.
    pub home: HomePlan,
    /// Where sockets and generated files are.
    pub run_dir: PathBuf,
    /// Where the public port is.
    pub public: SocketAddr,
    /// Where the IDE listens.
    pub ide: SocketAddr,
    /// What is supervised, in the order in which it is started.
    pub services: Vec<Service>,
    /// How long stopping may take.
    pub stop_timeout: Duration,
    /// How log lines are written; none: as suits standard output.
    pub log_format: Option<LogFormat>,
    /// Variables that are not handed on as they came, with the reason.
    pub repairs: Vec<Repair>,
    /// What is odd and yet no reason to refuse.
    pub warnings: Vec<String>,
}

/// Whom everything of the user's runs as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The login name.
    pub name: String,
    /// The user id.
    pub uid: u32,
    /// The group id.
    pub gid: u32,
    /// The login shell.
    pub shell: PathBuf,
}

/// What is done to the home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HomePlan {
    /// The home directory.
    pub path: PathBuf,
    /// The folder that the IDE opens.
    pub workspace: PathBuf,
    /// The directories that are made where they are missing.
    pub directories: Vec<PathBuf>,
    /// What a new home gets a copy of; none: nothing.
    pub skeleton: Option<PathBuf>,
    /// Whether files of root's are given to the user.
    #[serde(serialize_with = "as_word")]
    pub chown: Extent,
    /// How long services wait for that.
    #[serde(serialize_with = "as_length")]
    pub chown_budget: Duration,
}

/// A variable that is not handed on as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// The variable.
    pub variable: String,
    /// What is done to it.
    pub action: String,
    /// Why.
    pub reason: String,
}

/// An environment in which nothing can be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The variables.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// Two things want one port.
    #[error(
        "port {0} is both the public port and the IDE's: give another --port (WAIIDE_PORT) or \
         --ide-port (WAIIDE_IDE_PORT)"
    )]
    SamePort(u16),
    /// The prefix that a Hub gave is none.
    #[error("JUPYTERHUB_SERVICE_PREFIX={0:?}: {1}")]
    Prefix(String, String),
    /// A directory that was asked for is not there.
    #[error("--skel {0}: there is no such directory; make it, or leave the setting out")]
    Skeleton(String),
    /// A setting whose part of the program does not exist.
    #[error("{0}")]
    Unavailable(&'static str),
}

/// Decides what to do.
///
/// # Errors
/// Settings that contradict each other or the environment; nothing has been changed.
pub fn make(
    settings: &Settings,
    environment: &Environment,
    task: &Task,
    host: &Host,
) -> Result<Plan, PlanError> {
    let mut warnings = environment.warnings.clone();
    let account = account(settings, host, &mut warnings);
    let home = home(settings, environment, host, &account, &mut warnings)?;
    let public = public_address(settings, environment.hub.as_ref());
    let ide = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.ide_port));
    if public.port() == ide.port() && !matches!(task, Task::Program(_)) {
        return Err(PlanError::SamePort(ide.port()));
    }
    let run_dir = settings.run_dir.clone().unwrap_or_else(|| run_dir(host));
    let mut plan = Plan {
        mode: environment.mode,
        reason: environment.reason.clone(),
        account,
        home,
        run_dir,
        public,
        ide,
        services: Vec::new(),
        stop_timeout: settings.stop_timeout.unwrap_or(match environment.kubernetes {
            true => STOP_TIMEOUT_KUBERNETES,
            false => STOP_TIMEOUT,
        }),
        log_format: settings.log_format,
        repairs: Vec::new(),
        warnings,
    };
    services::add_to(&mut plan, settings, environment, task)?;
    Ok(plan)
}

fn account(settings: &Settings, host: &Host, warnings: &mut Vec<String>) -> Account {
    let (uid, gid) = match host.uid {
        0 => (settings.uid, settings.gid),
        uid => (uid, host.gid),
    };
    if host.uid != 0 && settings.raw.is_given("uid") && settings.uid != uid {
        warnings.push(format!(
            "Started as user {uid}, which can't become {}: everything runs as {uid}. Start the \
             container as root, or with --user {}.",
            settings.uid, settings.uid
        ));
    }
    let entry = host.entry_of(uid);
    Account {
        name: entry.map_or(DEFAULT_USER, |entry| &entry.name).to_owned(),
        uid,
        gid,
        shell: match entry.map(|entry| entry.shell.clone()) {
            Some(shell) if is_login_shell(&shell) => shell,
            _ => "/bin/bash".into(),
        },
    }
}

fn is_login_shell(shell: &Path) -> bool {
    let name = shell.file_name().unwrap_or_default();
    shell.is_absolute() && name != "nologin" && name != "false"
}

fn home(
    settings: &Settings,
    environment: &Environment,
    host: &Host,
    account: &Account,
    warnings: &mut Vec<String>,
) -> Result<HomePlan, PlanError> {
    let path = match &settings.home {
        Some(given) => given.clone(),
        None => {
            let name = environment.user.as_deref().unwrap_or(DEFAULT_USER);
            let name = user::directory_name(name).map_err(EnvironmentError::from)?;
            reachable_home(Path::new("/home").join(name), host, account, warnings)
        }
    };
    let workspace = settings.workspace.clone().unwrap_or_else(|| path.join("workspace"));
    if settings.skel_given && !settings.skel.is_dir() {
        return Err(PlanError::Skeleton(settings.skel.display().to_string()));
    }
    Ok(HomePlan {
        directories: vec![
            path.clone(),
            workspace.clone(),
            path.join(".jupyter"),
            path.join(".WAIIDE-server"),
        ],
        skeleton: settings.skel.is_dir().then(|| settings.skel.clone()),
        workspace,
        path,
        chown: settings.chown,
        chown_budget: settings.chown_budget,
    })
}

/// The home as it should be; where this process can neither use nor make it, another that it can
/// use.
fn reachable_home(
    wanted: PathBuf,
    host: &Host,
    account: &Account,
    warnings: &mut Vec<String>,
) -> PathBuf {
    if host.can_have_home(&wanted) {
        return wanted;
    }
    let of_entry = host.entry_of(account.uid).map(|entry| entry.home.clone());
    let other = of_entry.filter(|home| host.can_have_home(home)).or(host.writable_home.clone());
    let Some(other) = other else { return wanted };
    warnings.push(format!(
        "{} can't be made without root: taking {} for the home. Mount a volume there, or give \
         --home (WAIIDE_HOME).",
        wanted.display(),
        other.display()
    ));
    other
}

fn public_address(settings: &Settings, hub: Option<&Hub>) -> SocketAddr {
    let from_hub = hub.and_then(|hub| hub.service_url.host.as_deref()?.parse().ok());
    let address = settings.bind.or(from_hub).unwrap_or(IpAddr::from(Ipv4Addr::UNSPECIFIED));
    let port = settings.port.or(hub.map(|hub| hub.service_url.port)).unwrap_or(DEFAULT_PORT);
    SocketAddr::new(address, port)
}

/// `/run/waiide` where it can be made, otherwise a directory of this user's own.
fn run_dir(host: &Host) -> PathBuf {
    let usual = PathBuf::from(crate::run_dir::USUAL);
    match host.can_have_home(&usual) {
        true => usual,
        false => crate::run_dir::private(host.uid),
    }
}

/// The path under which the gateway serves.
pub fn base_path(settings: &Settings, environment: &Environment) -> Result<String, PlanError> {
    if environment.mode == Mode::Jupyterhub {
        return Ok("/".into());
    }
    match (&settings.base_path, environment.variables.get("JUPYTERHUB_SERVICE_PREFIX")) {
        (Some(given), _) => Ok(given.clone()),
        (None, None) => Ok("/".into()),
        (None, Some(prefix)) => {
            parse::base_path(prefix).map_err(|reason| PlanError::Prefix(prefix.to_owned(), reason))
        }
    }
}

impl Plan {
    /// The plan as JSON. It holds no secret.
    pub fn to_json(&self) -> serde_json::Value {
        let services: Vec<_> = self.services.iter().map(Service::to_json).collect();
        serde_json::json!({
            "mode": self.mode,
            "reason": self.reason,
            "user": self.account,
            "home": self.home,
            "run_dir": self.run_dir,
            "ports": { "public": self.public.to_string(), "ide": self.ide.to_string() },
            "services": services,
            "stop_timeout": humantime::format_duration(self.stop_timeout).to_string(),
            "repairs": self.repairs,
            "warnings": self.warnings,
        })
    }

    /// The plan for people.
    pub fn to_text(&self) -> String {
        let mut lines = vec![
            format!("mode      {}, because {}", self.mode.as_str(), self.reason),
            format!("user      {} ({}:{})", self.account.name, self.account.uid, self.account.gid),
            format!("home      {}", self.home.path.display()),
            format!("workspace {}", self.home.workspace.display()),
            format!("public    {}", self.public),
            format!("ide       {}", self.ide),
            format!("run dir   {}", self.run_dir.display()),
            format!("stop      within {}", humantime::format_duration(self.stop_timeout)),
        ];
        for service in &self.services {
            let words: Vec<_> = service.argv.iter().map(|word| word.to_string_lossy()).collect();
            lines.push(format!("service   {}: {}", service.name, shell_words::join(words)));
        }
        for repair in &self.repairs {
            lines.push(format!(
                "repair    {}: {}, because {}",
                repair.variable, repair.action, repair.reason
            ));
        }
        lines.extend(self.warnings.iter().map(|warning| format!("warning   {warning}")));
        lines.join("\n")
    }
}

/// Fills the placeholders of a command's words in.
pub fn fill_in(words: &[String], ide_port: u16, home: &Path, workspace: &Path) -> Vec<OsString> {
    let values = [
        ("{ide_port}", ide_port.to_string()),
        ("{home}", home.to_string_lossy().into_owned()),
        ("{workspace}", workspace.to_string_lossy().into_owned()),
    ];
    let fill = |word: &String| {
        values.iter().fold(word.clone(), |word, (name, value)| word.replace(name, value))
    };
    words.iter().map(|word| fill(word).into()).collect()
}

fn as_word<S: serde::Serializer>(extent: &Extent, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match extent {
        Extent::Auto => "auto",
        Extent::Always => "always",
        Extent::Never => "never",
    })
}

fn as_length<S: serde::Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&humantime::format_duration(*length).to_string())
}
