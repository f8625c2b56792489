//! From the command line to the supervisor: each step takes what the one before it made.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;

use anyhow::Context;

use crate::cli::Task;
use crate::control::client::Client;
use crate::environment::host::{self, Host};
use crate::environment::{self, Environment, Variables};
use crate::plan::{self, Plan};
use crate::provision::ownership::{self, Helper, Progress};
use crate::provision::{self, Report};
use crate::services::extra::{self, Extra};
use crate::services::singleuser;
use crate::settings::{LogFormat, Raw, Settings, parse};
use crate::site::Site;
use crate::supervisor::{self, journal::Journal};
use crate::sys::signal;
use crate::sys::spawn::{OwnProgram, become_subreaper};
use crate::{commands, logging, privilege, run_dir};

/// Unusable arguments, settings or environment; nothing was changed.
const UNUSABLE: i32 = 2;
/// The home could not be provisioned.
const NOT_PROVISIONED: i32 = 3;

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
    let (settings, environment, host) = look(flags, task, variables)?;
    let settings = with_token(settings)?;
    let extras = extras_of(task)?;
    let plan = plan::make(&settings, &environment, task, &host, &extras).or_exit(UNUSABLE)?;
    privilege::check().or_exit(UNUSABLE)?;
    let is_second = is_second(&plan, task)?;
    let own_program =
        OwnProgram::open().context("/proc/self/exe: is /proc mounted?").or_exit(UNUSABLE)?;
    let signals = signal::descriptor().context("signalfd").or_exit(UNUSABLE)?;
    let journal = start_log(&plan, &settings, task);
    supervisor::panic::end_all_on_panic(journal.clone(), plan.stop_timeout);
    announce(&plan);
    let remaining = match is_second {
        true => Remaining(None),
        false => provision_as_root(&plan.site, &host)?,
    };
    privilege::drop_to(&plan.site.account).or_exit(NOT_PROVISIONED)?;
    if !is_second {
        let is_optional = host.uid != 0 && matches!(task, Task::Program(_));
        tell(&provision::as_user(&plan.site, is_optional).or_exit(NOT_PROVISIONED)?);
    }
    write_configuration(&plan).or_exit(NOT_PROVISIONED)?;
    if !host.is_init {
        become_subreaper().context("prctl").or_exit(NOT_PROVISIONED)?;
    }
    if let Some(number) = signal::pending_stop() {
        return Ok(stopped_early(task, number));
    }
    let control = (!is_second).then(|| plan.site.run_dir.join(run_dir::CONTROL));
    let supervised =
        supervisor::supervise(plan, signals, journal, own_program, remaining.0, control);
    supervised.or_exit(NOT_PROVISIONED)
}

/// The exit code of a stop before anything was started: all is well, unless a program was to run.
fn stopped_early(task: &Task, number: i32) -> i32 {
    tracing::info!("{}: stopping before anything was started", signal::name(number));
    match task {
        Task::Program(_) => 128 + number,
        _ => 0,
    }
}

/// Whether another waiide-init serves this container already, whose socket and home are not to be
/// touched: then a program is just run, as the user.
fn is_second(plan: &Plan, task: &Task) -> Result<bool, Failure> {
    let socket = plan.site.run_dir.join(run_dir::CONTROL);
    let is_second = Client::connect(&socket).is_ok();
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

/// Prints what [`run`] would do.
///
/// # Errors
/// What would keep it from starting.
pub fn show_plan(flags: &Flags, variables: Variables, json: bool) -> Result<i32, Failure> {
    let task = Task::Serve;
    let (settings, environment, host) = look(flags, &task, variables)?;
    let extras = extras_of(&task)?;
    let plan = plan::make(&settings, &environment, &task, &host, &extras).or_exit(UNUSABLE)?;
    match json {
        true => commands::print(&format!("{:#}\n", plan.to_json())),
        false => commands::print(&format!("{}\n", plan.to_text())),
    }
    .or_exit(1)?;
    Ok(0)
}

fn look(
    flags: &Flags,
    task: &Task,
    variables: Variables,
) -> Result<(Settings, Environment, Host), Failure> {
    let raw = Raw::collect(flags, &variables.0).or_exit(UNUSABLE)?;
    let settings = Settings::from_raw(raw).or_exit(UNUSABLE)?;
    let host = Host::look(variables.get("HOME"));
    let environment = environment::detect(&settings, task, variables).or_exit(UNUSABLE)?;
    Ok((settings, environment, host))
}

/// The services that the image adds. A program runs without them, also where their files are wrong.
fn extras_of(task: &Task) -> Result<Vec<Extra>, Failure> {
    match task {
        Task::Program(_) => Ok(Vec::new()),
        _ => extra::read(Path::new(extra::DIRECTORY)).or_exit(UNUSABLE),
    }
}

/// The token's file is read now, as root, since the user may not be allowed to.
fn with_token(mut settings: Settings) -> Result<Settings, Failure> {
    if let (None, Some(path)) = (&settings.token, &settings.token_file) {
        let name = path.display().to_string();
        let text = host::read_token(path).with_context(|| format!("--token-file {name}"));
        let token = parse::token(&text.or_exit(UNUSABLE)?);
        let token = token.map_err(|reason| anyhow::anyhow!("--token-file {name}: {reason}"));
        settings.token = Some(token.or_exit(UNUSABLE)?);
    }
    Ok(settings)
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
    for repair in &plan.repairs {
        tracing::warn!("{} becomes {}, because {}", repair.variable, repair.value, repair.reason);
    }
    for warning in &plan.warnings {
        tracing::warn!("{warning}");
    }
}

/// What goes on after provisioning.
struct Remaining(Option<Helper>);

/// What has to be done before the drop.
fn provision_as_root(site: &Site, host: &Host) -> Result<Remaining, Failure> {
    let report = provision::as_root(site, host).or_exit(NOT_PROVISIONED)?;
    provision::make_run_dir(site).or_exit(NOT_PROVISIONED)?;
    tell(&report);
    let Some(helper) = report.helper else { return Ok(Remaining(None)) };
    let stop = signal::stop_descriptor().context("signalfd").or_exit(NOT_PROVISIONED)?;
    match ownership::wait(helper, &stop) {
        Ok(Progress::Done(summary)) => summary.tell(),
        Ok(Progress::Interrupted) => {}
        Ok(Progress::GoesOn(helper)) => {
            tracing::info!("the home's files: going on in the background");
            return Ok(Remaining(Some(helper)));
        }
        Err(error) => tracing::warn!("the home's files: {error}"),
    }
    Ok(Remaining(None))
}

fn tell(report: &Report) {
    for path in &report.made {
        tracing::info!("made {}", path.display());
    }
    if report.copied_skeleton {
        tracing::info!("copied the skeleton into the new home");
    }
    for warning in &report.warnings {
        tracing::warn!("{warning}");
    }
}

/// Writes Jupyter's configuration, as the user, into the user's run directory.
fn write_configuration(plan: &Plan) -> anyhow::Result<()> {
    if !plan.services.iter().any(|service| service.name == singleuser::NAME) {
        return Ok(());
    }
    let (path, text) = singleuser::configuration(&plan.site.run_dir);
    let dir = path.parent().unwrap_or(&plan.site.run_dir);
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}
