//! From the command line to the supervisor: each step takes what the one before it made.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use anyhow::Context;

use crate::cli::Task;
use crate::environment::host::{self, Host};
use crate::environment::{self, Environment, Variables};
use crate::plan::{self, Plan};
use crate::provision::ownership::{self, Helper, Progress};
use crate::provision::{self, Report};
use crate::services::singleuser;
use crate::settings::{LogFormat, Raw, Settings, parse};
use crate::site::Site;
use crate::supervisor::{self, journal::Journal};
use crate::sys::signal;
use crate::sys::spawn::{OwnProgram, become_subreaper};
use crate::{logging, privilege};

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
    let plan = plan::make(&settings, &environment, task, &host).or_exit(UNUSABLE)?;
    privilege::check().or_exit(UNUSABLE)?;
    let own_program =
        OwnProgram::open().context("/proc/self/exe: is /proc mounted?").or_exit(UNUSABLE)?;
    let signals = signal::descriptor().context("signalfd").or_exit(UNUSABLE)?;
    let journal = start_log(&plan, &settings, task);
    announce(&plan);
    let Some(remaining) = provision_as_root(&plan.site, &host)? else {
        return Ok(0);
    };
    privilege::drop_to(&plan.site.account).or_exit(NOT_PROVISIONED)?;
    let is_optional = host.uid != 0 && matches!(task, Task::Program(_));
    tell(&provision::as_user(&plan.site, is_optional).or_exit(NOT_PROVISIONED)?);
    write_configuration(&plan).or_exit(NOT_PROVISIONED)?;
    if !host.is_init {
        become_subreaper().context("prctl").or_exit(NOT_PROVISIONED)?;
    }
    supervisor::supervise(plan, signals, journal, own_program, remaining.0).or_exit(1)
}

/// Prints what [`run`] would do.
///
/// # Errors
/// What would keep it from starting.
pub fn show_plan(flags: &Flags, variables: Variables, json: bool) -> Result<i32, Failure> {
    let task = Task::Serve;
    let (settings, environment, host) = look(flags, &task, variables)?;
    let plan = plan::make(&settings, &environment, &task, &host).or_exit(UNUSABLE)?;
    match json {
        true => println!("{:#}", plan.to_json()),
        false => println!("{}", plan.to_text()),
    }
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

/// What has to be done before the drop; none where a signal asked to stop meanwhile.
fn provision_as_root(site: &Site, host: &Host) -> Result<Option<Remaining>, Failure> {
    let report = provision::as_root(site, host).or_exit(NOT_PROVISIONED)?;
    provision::make_run_dir(site).or_exit(NOT_PROVISIONED)?;
    tell(&report);
    let Some(helper) = report.helper else {
        return Ok(Some(Remaining(None)));
    };
    let stop = signal::stop_descriptor().context("signalfd").or_exit(NOT_PROVISIONED)?;
    match ownership::wait(helper, &stop) {
        Ok(Progress::Done(summary)) => summary.tell(),
        Ok(Progress::Interrupted) => return Ok(None),
        Ok(Progress::GoesOn(helper)) => {
            tracing::info!("the home's files: going on in the background");
            return Ok(Some(Remaining(Some(helper))));
        }
        Err(error) => tracing::warn!("the home's files: {error}"),
    }
    Ok(Some(Remaining(None)))
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
