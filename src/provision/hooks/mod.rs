//! Start hooks: programs of an admin's that are run once, one after the other, before anything is
//! served. Root's before root's rights are dropped, the user's after it.
//!
//! [`listing`] says which files are hooks, [`trust`] which of them root may run, [`search_path`]
//! where these look for programs, [`variables`] is the file by which a hook sets variables for what follows, [`watch`] runs one of them, and
//! [`streams`] passes on what they print. A hook that fails stops the start: what it was to
//! prepare is missing.

pub mod error;
pub mod interpreter;
pub mod listing;
pub mod search_path;
pub mod streams;
pub mod survey;
pub mod trust;
pub mod variables;
pub mod watch;

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use crate::environment::host::Host;
use crate::environment::{Environment, Mode, Variables};
use crate::journal::Journal;
use crate::services::hook;
use crate::settings::table::HOOKS_FILE;
use crate::site::Site;
use crate::sys::spawn::{Place, Spawn};
use crate::sys::wait::Ending;
use crate::sys::{paths, signal};
use error::{Failed, HookError};
use listing::{Hook, Listing};
use search_path::SearchPath;
use variables::EnvFile;
use watch::{Ended, Watch};

/// Root's hooks, run before the drop.
pub const INIT_D: &str = "/etc/waiide/init.d";
/// The user's hooks, run after it.
pub const USER_D: &str = "/etc/waiide/user.d";

/// The most that hooks are given to end in once the start has failed.
const GRACE_OF_A_FAILURE: Duration = Duration::from_secs(2);

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Each hook.
    pub hook: Duration,
    /// Everybody's end, when the start is given up.
    pub stop: Duration,
}

/// As whom a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runs {
    Root,
    User,
}

/// What came of running hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of them did their work.
    Done,
    /// This signal asked to stop, and whatever they had started has ended.
    Stopped(i32),
}

/// Runs hooks.
#[derive(Debug)]
pub struct Hooks<'a> {
    site: &'a Site,
    host: &'a Host,
    mode: Mode,
    limits: Limits,
    journal: Journal,
    watch: Watch,
    variables: Variables,
    search_path: SearchPath,
}

/// What hooks leave for what follows.
#[derive(Debug)]
pub struct Left {
    /// The container's variables, with those that hooks have set.
    pub variables: Variables,
    /// Pipes that somebody whom they left behind still prints to, with the hooks' names.
    pub pipes: Vec<(Rc<str>, OwnedFd)>,
}

impl<'a> Hooks<'a> {
    /// Begins; nothing is run yet.
    ///
    /// # Errors
    /// signalfd(2).
    pub fn new(
        site: &'a Site,
        host: &'a Host,
        environment: &Environment,
        limits: Limits,
        journal: Journal,
    ) -> std::io::Result<Self> {
        let watch = Watch::new(journal.clone())?;
        let (mode, variables) = (environment.mode, environment.variables.clone());
        let search_path = SearchPath::default();
        Ok(Hooks { site, host, mode, limits, journal, watch, variables, search_path })
    }

    /// Runs root's hooks, with root's rights. Without those they are only told of.
    ///
    /// # Errors
    /// One of them failed, or is not root's alone, in which case none was run.
    pub fn run_roots(&mut self) -> Result<Outcome, HookError> {
        let directory = Path::new(INIT_D);
        if self.host.uid != 0 {
            survey::without_root(directory).iter().for_each(|text| tracing::warn!("{text}"));
            return Ok(Outcome::Done);
        }
        let hooks = self.list(directory)?;
        // All of them are judged before the first is run, and each again when it is its turn.
        hooks.iter().try_for_each(|hook| trusted(hook).map(drop))?;
        self.run_all(Runs::Root, &hooks)
    }

    /// Runs the user's hooks, with the rights of this process, which are the user's by now.
    ///
    /// # Errors
    /// One of them failed.
    pub fn run_users(&mut self) -> Result<Outcome, HookError> {
        let hooks = self.list(Path::new(USER_D))?;
        self.run_all(Runs::User, &hooks)
    }

    /// What they leave for what follows.
    pub fn finish(self) -> Left {
        Left { variables: self.variables, pipes: self.watch.into_leftovers() }
    }

    fn list(&self, directory: &Path) -> Result<Vec<Hook>, HookError> {
        let Listing { hooks, warnings } = listing::of(directory)
            .map_err(|reason| HookError::Directory { directory: directory.to_owned(), reason })?;
        warnings.iter().for_each(|text| tracing::warn!("{text}"));
        Ok(hooks)
    }

    fn run_all(&mut self, runs: Runs, hooks: &[Hook]) -> Result<Outcome, HookError> {
        let mut outcome = Ok(Outcome::Done);
        for hook in hooks {
            outcome = match self.watch.asked_to_stop() {
                Some(number) => Ok(Outcome::Stopped(number)),
                None => self.run_one(runs, hook),
            };
            if !matches!(outcome, Ok(Outcome::Done)) {
                self.give_up(hook, &outcome)?;
                break;
            }
        }
        outcome
    }

    fn run_one(&mut self, runs: Runs, hook: &Hook) -> Result<Outcome, HookError> {
        tracing::info!("{}: running", hook.name);
        let path = match runs {
            Runs::Root => trusted(hook)?,
            Runs::User => hook.path.clone(),
        };
        let failed = |what| HookError::Hook { path: hook.path.clone(), what };
        let file = EnvFile::make(&self.places_for_files(runs))
            .map_err(|reason| failed(Failed::NoFile(reason)))?;
        let what = Spawn { program: path, ..self.spawn(runs, hook, &file) };
        let ended = self.watch.run(&hook.name, what, self.limits.hook);
        match ended.map_err(|reason| failed(Failed::Start(reason)))? {
            Ended::Stop(number) => return Ok(Outcome::Stopped(number)),
            Ended::TimeUp => return Err(failed(Failed::TimeUp(self.limits.hook, self.last(hook)))),
            Ended::Itself(Ending::Code(0)) => {}
            Ended::Itself(how) => return Err(failed(Failed::Ended(how, self.last(hook)))),
        }
        let text = file.read().map_err(|reason| failed(Failed::Read(reason)))?;
        let set = variables::parse(&text).map_err(|reason| failed(Failed::Variables(reason)))?;
        self.variables.0.extend(set);
        Ok(Outcome::Done)
    }

    /// What the last lines were that a hook printed.
    fn last(&self, hook: &Hook) -> error::LastLines {
        error::LastLines::of(&self.journal, &hook.name)
    }

    fn spawn(&mut self, runs: Runs, hook: &Hook, file: &EnvFile) -> Spawn {
        let given = self.variables.0.get(OsStr::new("PATH"));
        let (site, mode) = (self.site, self.mode);
        let mut env = match runs {
            Runs::Root => {
                let path = given.and_then(|given| self.search_path.of(given));
                hook::roots_environment(site, mode, &self.variables, self.host, path)
            }
            Runs::User => hook::users_environment(site, mode, &self.variables),
        };
        env.insert(HOOKS_FILE.into(), file.path().into());
        Spawn {
            // A link's own name tells a program of many names which one it is.
            argv: vec![hook.path.clone().into()],
            program: hook.path.clone(),
            env: env.into_iter().collect(),
            directory: match runs {
                Runs::User if paths::may_enter(&self.site.home.path) => self.site.home.path.clone(),
                _ => "/".into(),
            },
            stdin: None,
            output: None,
            place: Place::OwnSession,
        }
    }

    /// Where a file can be made for a hook. The run directory is the user's.
    fn places_for_files(&self, runs: Runs) -> Vec<PathBuf> {
        let first = match runs {
            Runs::Root => "/run".into(),
            Runs::User => self.site.run_dir.clone(),
        };
        vec![first, "/tmp".into(), "/dev/shm".into()]
    }

    /// Ends whatever hooks have started, since there will be no supervisor to do it.
    fn give_up(
        &mut self,
        hook: &Hook,
        outcome: &Result<Outcome, HookError>,
    ) -> Result<(), HookError> {
        let grace = match outcome {
            Ok(Outcome::Stopped(number)) => {
                tracing::info!("{}: ending it, because of {}", hook.name, signal::name(*number));
                self.limits.stop
            }
            _ => self.limits.stop.min(GRACE_OF_A_FAILURE),
        };
        let failed =
            |reason| HookError::Hook { path: hook.path.clone(), what: Failed::Start(reason) };
        self.watch.end_all(grace).map_err(failed)
    }
}

/// The file that root runs for a hook.
fn trusted(hook: &Hook) -> Result<PathBuf, HookError> {
    trust::executable(&hook.path)
}
