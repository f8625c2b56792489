//! From the command line to the supervisor: each step takes what the one before it made.

mod decide;
mod mistyped;
mod prepare;
mod running;
mod show;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use crate::cli::Task;
use crate::control::client;
use crate::environment::host::Host;
use crate::environment::{Environment, Variables};
use crate::journal::Journal;
use crate::plan::Plan;
use crate::provision::ownership::Helper;
use crate::services::{self, singleuser};
use crate::settings::table::HOOKS_FILE;
use crate::settings::{LogFormat, Settings};
use crate::supervisor::{self, Background, Order, Timeouts};
use crate::sys::spawn::{OwnProgram, become_subreaper};
use crate::sys::{proc, signal};
use crate::{logging, privilege, run_dir};
use decide::{Decided, Purpose, decide};
pub use mistyped::refuse as refuse_mistyped;
use prepare::{Preparation, Prepared};
pub use running::run_dir_of_init;
pub use show::{examine, examine_url, show_plan};

/// Unusable arguments, settings or environment; nothing was changed.
const UNUSABLE: i32 = 2;
/// The home could not be provisioned, or a start hook failed.
const NOT_PROVISIONED: i32 = 3;

/// How long the reader of the log is waited for at the end.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Why it ends, and with which exit code.
#[derive(Debug)]
pub struct Failure {
    /// For people.
    pub error: anyhow::Error,
    /// For programs.
    pub code: i32,
}

/// Gives errors an exit code.
trait OrExit<T> {
    fn or_exit(self, code: i32) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrExit<T> for Result<T, E> {
    fn or_exit(self, code: i32) -> Result<T, Failure> {
        self.map_err(|error| Failure { error: error.into(), code })
    }
}

type Flags = BTreeMap<&'static str, String>;

/// Provisions, drops, supervises. Returns the exit code.
///
/// # Errors
/// Whatever made it end before there was something to supervise.
pub fn run(flags: &Flags, task: &Task, variables: Variables) -> Result<i32, Failure> {
    let decided = decide(flags, task, variables, Purpose::Start)?;
    let Decided { settings, environment, host, extras, plan } = decided;
    privilege::check(&plan.site.account).or_exit(UNUSABLE)?;
    let is_second = is_second(&plan, task, &environment, &host)?;
    let own_program =
        OwnProgram::open().context("/proc/self/exe: is /proc mounted?").or_exit(UNUSABLE)?;
    let signals = signal::descriptor().context("signalfd").or_exit(UNUSABLE)?;
    let journal = start_log(&plan, &settings, task);
    supervisor::panic::end_all_on_panic(journal.clone(), plan.stop_timeout);
    announce(&plan);
    if !host.is_init {
        become_subreaper().context("prctl").or_exit(NOT_PROVISIONED)?;
    }
    let prepared = match is_second {
        true => prepare::drop_only(&plan, &environment, &host),
        false => prepare::prepare(&plan, &settings, &environment, &host, task, &journal),
    };
    // What was logged stands before the error that ends it.
    let prepared = prepared.inspect_err(|_| journal.flush_within(LAST_WORDS))?;
    let Prepared { ownership, helper, variables, pipes } = *match prepared {
        Preparation::Ready(prepared) => prepared,
        Preparation::Stopped(number) => return Ok(stopped_early(task, number, &journal)),
    };
    write_configuration(&plan, &settings).or_exit(NOT_PROVISIONED)?;
    if let Some(number) = signal::pending_stop() {
        return Ok(stopped_early(task, number, &journal));
    }
    // As planned, but for what start hooks have set.
    let environment = Environment { variables, ..environment };
    let services = services::of(&plan.site, &settings, &environment, task, &extras);
    let control = (!is_second).then(|| plan.site.run_dir.join(run_dir::CONTROL));
    let order = Order {
        services: services.or_exit(UNUSABLE)?,
        timeouts: Timeouts { stop: plan.stop_timeout, single: settings.single_timeout() },
        warnings: plan.notices(),
        home: plan.site.home.path,
        journal,
        own_program,
        ownership,
        background: helper.map(in_background),
        leftovers: pipes,
    };
    supervisor::supervise(order, signals, control).or_exit(NOT_PROVISIONED)
}

fn in_background(helper: Helper) -> Background {
    let Helper { output, leash, .. } = helper;
    Background { output, leash, tell: prepare::tell_ownership }
}

/// The exit code of a stop before anything was started: all is well, unless a program was to run.
fn stopped_early(task: &Task, number: i32, journal: &Journal) -> i32 {
    tracing::info!("{}: stopping before anything was started", signal::name(number));
    journal.flush_within(LAST_WORDS);
    match task {
        Task::Program(_) => 128 + number,
        _ => 0,
    }
}

/// Whether another waiide-init serves this container already, whose socket and home are not to be
/// touched: then a program is just run, as the user. The one whose start hook started this one
/// will serve it, and must not be kept waiting by its own hooks.
fn is_second(
    plan: &Plan,
    task: &Task,
    environment: &Environment,
    host: &Host,
) -> Result<bool, Failure> {
    let socket = plan.site.run_dir.join(run_dir::CONTROL);
    let is_hooks = environment.variables.get(HOOKS_FILE).is_some();
    // PID 1 may not have come to its socket yet; and a socket that is there while this is PID 1
    // was left by an earlier run of the container.
    let is_served = || proc::is_same_program(1) || client::is_served(&socket);
    let is_second = !host.is_init && (is_hooks || is_served());
    match (is_second, task) {
        (false, _) => Ok(false),
        (true, Task::Program(_)) => Ok(true),
        (true, _) => Err(anyhow::anyhow!(
            "{}: another waiide-init serves this container; see `waiide-init status`",
            socket.display()
        ))
        .or_exit(UNUSABLE),
    }
}

/// A program's own output is not mixed with ours: warnings alone, on standard error.
fn start_log(plan: &Plan, settings: &Settings, task: &Task) -> Journal {
    let is_program = matches!(task, Task::Program(_));
    let is_terminal = match is_program {
        true => std::io::stderr().is_terminal(),
        false => std::io::stdout().is_terminal(),
    };
    let fitting = if is_terminal { LogFormat::Text } else { LogFormat::Json };
    let journal = Journal::new(plan.log_format.unwrap_or(fitting), is_program);
    let level = match is_program && !settings.raw.is_given("log") {
        true => tracing::level_filters::LevelFilter::WARN,
        false => settings.log,
    };
    logging::to_journal(&journal, level);
    journal
}

fn announce(plan: &Plan) {
    tracing::info!(
        "waiide-init {}: {} mode, because {}; user {} ({}:{}), home {}",
        env!("CARGO_PKG_VERSION"),
        plan.mode.as_str(),
        plan.reason,
        plan.site.account.name,
        plan.site.account.uid,
        plan.site.account.gid,
        plan.site.home.path.display()
    );
    for notice in plan.notices() {
        tracing::warn!("{notice}");
    }
}

/// Writes Jupyter's configuration, as the user, into the user's run directory.
fn write_configuration(plan: &Plan, settings: &Settings) -> anyhow::Result<()> {
    if !plan.services.iter().any(|service| service.name == singleuser::NAME) {
        return Ok(());
    }
    let failed = |path: &Path| {
        let path = path.display();
        format!("{path}: can't write there; make room, or give another --run-dir (WAIIDE_RUN_DIR)")
    };
    let (run_dir, policy) = (&plan.site.run_dir, settings.permissions_policy.as_deref());
    for (path, text) in singleuser::files::all(run_dir, plan.site.ide.port(), policy) {
        let dir = path.parent().unwrap_or(run_dir);
        std::fs::create_dir_all(dir).with_context(|| failed(dir))?;
        std::fs::write(&path, text).with_context(|| failed(&path))?;
    }
    Ok(())
}
