//! The place where everything runs: whose account, which home, which addresses. Decided from
//! settings, environment and host; the services and the plan are made from it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::environment::accounts::free_name;
use crate::environment::host::Host;
use crate::environment::hub::ServiceUrl;
use crate::environment::{Environment, EnvironmentError, Mode, user};
use crate::settings::{Extent, Origin, Settings, parse};
use crate::sys::paths;

/// The port that the public listener has where nobody says otherwise.
const DEFAULT_PORT: u16 = 8070;
/// The user name where no Hub gives one.
const DEFAULT_USER: &str = "calliope";

/// The folder in the home that there always is, and that the IDE opens unless told otherwise.
const WORKSPACE: &str = "workspace";

/// What an image puts there, a new home gets besides `--skel`.
const IMAGES_SKELETON: &str = "/etc/waiide/skel";

/// Where everything runs.
#[derive(Debug, Clone)]
pub struct Site {
    /// How the container was started.
    pub started: Started,
    /// Whom everything of the user's runs as.
    pub account: Account,
    /// Whom a Hub has it started for, by the Hub's name of them; none without a Hub.
    pub hub_user: Option<String>,
    /// What is done to the home.
    pub home: HomePlan,
    /// Where sockets and generated files are.
    pub run_dir: PathBuf,
    /// Where the public port is.
    pub public: SocketAddr,
    /// Where the IDE listens.
    pub ide: SocketAddr,
    /// The path under which the gateway serves, with a slash at both ends.
    pub base_path: String,
    /// The same as the browser has it: jupyter-server-proxy takes what is before it off.
    pub public_path: String,
}

/// How the container was started: what an admin chose, and can change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Started {
    /// The user id of then.
    pub uid: u32,
    /// The group id of then.
    pub gid: u32,
    /// The supplementary groups of then.
    pub groups: Vec<u32>,
    /// The effective capabilities of then.
    pub capabilities: u64,
    /// Whether it is a pod, where there are fields and no flags.
    pub is_pod: bool,
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
    /// What a new home gets a copy of besides the image's own home, the first one first.
    pub skeletons: Vec<PathBuf>,
    /// Whether files of root's are given to the user.
    pub chown: Extent,
    /// How long services wait for that.
    #[serde(serialize_with = "as_length")]
    pub chown_budget: Duration,
}

impl HomePlan {
    /// What services need with all that is in it: of the home and the workspace, they need the
    /// tops alone.
    pub fn needed(&self) -> impl Iterator<Item = &PathBuf> {
        let is_usual = |path: &Path| path.strip_prefix(&self.path) == Ok(Path::new(WORKSPACE));
        let is_top =
            move |path: &Path| *path == self.path || *path == self.workspace || is_usual(path);
        self.directories.iter().filter(move |path| !is_top(path))
    }
}

/// A place where nothing can run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// The variables.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// Two things want one port.
    #[error(
        "port {0} is both the public port and the IDE's: give another --ide-port (WAIIDE_IDE_PORT), \
         or another public port: by --port (WAIIDE_PORT), behind a Hub by c.Spawner.port"
    )]
    SamePort(u16),
    /// The prefix that a Hub gave is none.
    #[error("JUPYTERHUB_SERVICE_PREFIX={0:?}: {1}")]
    Prefix(String, String),
    /// A directory that was asked for is not there.
    #[error("{0} {1}: there is no such directory; make it, or leave the setting out")]
    Skeleton(Origin, String),
}

/// Decides where everything runs; what is odd goes into `warnings`.
///
/// # Errors
/// Settings that contradict each other or the environment.
pub fn choose(
    settings: &Settings,
    environment: &Environment,
    host: &Host,
    warnings: &mut Vec<String>,
) -> Result<Site, SiteError> {
    let account = account(settings, host, warnings);
    let home = home(settings, environment, host, &account, warnings)?;
    let public = public_address(settings, environment.service_url.as_ref());
    let ide = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.ide_port));
    if public.port() == ide.port() {
        return Err(SiteError::SamePort(ide.port()));
    }
    let given = settings.run_dir.as_deref().map(paths::without_roots_links);
    let run_dir = given.unwrap_or_else(|| run_dir(&account));
    let started = Started {
        uid: host.uid,
        gid: host.gid,
        groups: host.rights.groups.clone(),
        capabilities: host.rights.effective,
        is_pod: environment.kubernetes,
    };
    let base_path = base_path(settings, environment)?;
    let hub = environment.hub.as_ref().filter(|_| environment.mode == Mode::Jupyterhub);
    let public_path = hub.map_or(base_path.clone(), |hub| format!("{}ide/", hub.prefix));
    let hub_user = environment.user.clone().filter(|name| !name.is_empty());
    Ok(Site { started, account, hub_user, home, run_dir, public, ide, base_path, public_path })
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
    // Another user's name would come with that user's groups.
    let is_taken = |name: &str| host.passwd.iter().any(|entry| entry.name == name);
    Account {
        name: match entry {
            Some(entry) => entry.name.clone(),
            None => free_name(DEFAULT_USER, "user", uid, is_taken),
        },
        uid,
        gid,
        shell: match entry.map(|entry| entry.shell.clone()) {
            Some(shell) if is_login_shell(&shell) => shell,
            _ => usual_shell(),
        },
    }
}

fn usual_shell() -> PathBuf {
    let shells = ["/bin/bash", "/bin/sh"].map(PathBuf::from);
    let found = shells.iter().find(|shell| shell.is_file());
    found.unwrap_or(&shells[1]).clone()
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
) -> Result<HomePlan, SiteError> {
    let path = match &settings.home {
        Some(given) => given.clone(),
        None => {
            let name = environment.user.as_deref().unwrap_or(DEFAULT_USER);
            let name = user::directory_name(name).map_err(EnvironmentError::User)?;
            reachable_home(Path::new("/home").join(name), host, account, warnings)
        }
    };
    let workspace = settings.workspace.clone().unwrap_or_else(|| path.join(WORKSPACE));
    if let Some(origin) = settings.raw.origin("skel").filter(|_| !settings.skel.is_dir()) {
        return Err(SiteError::Skeleton(origin.clone(), settings.skel.display().to_string()));
    }
    let mut directories = vec![path.clone(), workspace.clone()];
    let others = [WORKSPACE, ".jupyter", ".WAIIDE-server"].map(|name| path.join(name));
    // Where another folder is opened, a file of that name is no reason to end.
    let is_kept = |other: &PathBuf| !(other.ends_with(WORKSPACE) && other.is_file());
    directories.extend(others.into_iter().filter(|other| *other != workspace && is_kept(other)));
    Ok(HomePlan {
        directories,
        skeletons: skeletons(&settings.skel),
        workspace,
        path,
        chown: settings.chown,
        chown_budget: settings.chown_budget,
    })
}

/// The skeletons that are there.
fn skeletons(given: &Path) -> Vec<PathBuf> {
    let mut paths = vec![given.to_owned(), PathBuf::from(IMAGES_SKELETON)];
    paths.dedup();
    paths.retain(|path| path.is_dir());
    paths
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

fn public_address(settings: &Settings, service_url: Option<&ServiceUrl>) -> SocketAddr {
    let from_hub = service_url.and_then(|url| url.host.as_deref()?.parse().ok());
    let address = settings.bind.or(from_hub).unwrap_or(IpAddr::from(Ipv4Addr::UNSPECIFIED));
    let port = settings.port.or(service_url.map(|url| url.port)).unwrap_or(DEFAULT_PORT);
    SocketAddr::new(address, port)
}

/// `/run/waiide` where it can be made, otherwise a directory of the user's own.
fn run_dir(account: &Account) -> PathBuf {
    let usual = PathBuf::from(crate::run_dir::USUAL);
    match crate::run_dir::can_be_made(&usual, account.uid) {
        true => usual,
        false => crate::run_dir::private(account.uid),
    }
}

/// The path under which the gateway serves.
fn base_path(settings: &Settings, environment: &Environment) -> Result<String, SiteError> {
    if environment.mode == Mode::Jupyterhub {
        return Ok("/".into());
    }
    match (&settings.base_path, environment.variables.get("JUPYTERHUB_SERVICE_PREFIX")) {
        (Some(given), _) => Ok(given.clone()),
        (None, None) => Ok("/".into()),
        (None, Some(prefix)) => {
            parse::base_path(prefix).map_err(|reason| SiteError::Prefix(prefix.to_owned(), reason))
        }
    }
}

fn as_length<S: serde::Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&humantime::format_duration(*length).to_string())
}
