//! What is done before anything is served: the home, root's hooks, the drop, the user's hooks.

use std::os::fd::OwnedFd;
use std::rc::Rc;

use anyhow::Context;

use super::{Failure, NOT_PROVISIONED, OrExit};
use crate::cli::Task;
use crate::environment::host::Host;
use crate::environment::{Environment, Variables};
use crate::journal::Journal;
use crate::plan::Plan;
use crate::privilege;
use crate::provision::hooks::{Hooks, Left, Limits, Outcome};
use crate::provision::ownership::{self, Helper, Ownership, Progress, State};
use crate::provision::{self, Report};
use crate::settings::Settings;
use crate::sys::signal;

/// What came of preparing.
#[derive(Debug)]
pub enum Preparation {
    /// All is ready to be served.
    Ready(Box<Prepared>),
    /// This signal asked to stop first.
    Stopped(i32),
}

/// What was prepared.
#[derive(Debug, Default)]
pub struct Prepared {
    /// How far the home's ownership has come; none: nobody asked.
    pub ownership: Option<Ownership>,
    /// Who goes on with it.
    pub helper: Option<Helper>,
    /// What services get in their environment.
    pub variables: Variables,
    /// What hooks left behind may still print to.
    pub pipes: Vec<(Rc<str>, OwnedFd)>,
}

/// For a second instance in a container: all of it was done, and only the drop is needed.
pub fn drop_only(
    plan: &Plan,
    environment: &Environment,
    host: &Host,
) -> Result<Preparation, Failure> {
    privilege::drop_to(&plan.site.account, host.uid == 0).or_exit(NOT_PROVISIONED)?;
    let variables = environment.variables.clone();
    Ok(Preparation::Ready(Box::new(Prepared { variables, ..Prepared::default() })))
}

/// Makes the home right, runs root's hooks, becomes the user, and runs the user's hooks.
pub fn prepare(
    plan: &Plan,
    settings: &Settings,
    environment: &Environment,
    host: &Host,
    task: &Task,
    journal: &Journal,
) -> Result<Preparation, Failure> {
    let limits = Limits { hook: settings.hook_timeout, stop: plan.stop_timeout };
    let hooks = Hooks::new(&plan.site, host, environment, limits, journal.clone());
    let mut hooks = hooks.context("signalfd").or_exit(NOT_PROVISIONED)?;
    let (Report { helper, record, .. }, ownership) = provision_as_root(plan, host)?;
    if let Outcome::Stopped(number) = hooks.run_roots().or_exit(NOT_PROVISIONED)? {
        return Ok(Preparation::Stopped(number));
    }
    privilege::drop_to(&plan.site.account, host.uid == 0).or_exit(NOT_PROVISIONED)?;
    let is_optional = host.uid != 0 && matches!(task, Task::Program(_));
    let done = provision::users::carry_out(&plan.site, &plan.survey, record.as_ref(), is_optional);
    tell(&done.or_exit(NOT_PROVISIONED)?);
    if host.uid != 0 {
        provision::remember(&plan.site, &plan.survey);
    }
    if let Outcome::Stopped(number) = hooks.run_users().or_exit(NOT_PROVISIONED)? {
        return Ok(Preparation::Stopped(number));
    }
    let Left { variables, pipes } = hooks.finish();
    Ok(Preparation::Ready(Box::new(Prepared { ownership, helper, variables, pipes })))
}

/// What has to be done before the drop, and how far the walk of the home has come. The report has
/// the helper only where it goes on.
fn provision_as_root(plan: &Plan, host: &Host) -> Result<(Report, Option<Ownership>), Failure> {
    let mut report =
        provision::roots::carry_out(&plan.site, host, &plan.survey).or_exit(NOT_PROVISIONED)?;
    provision::make_run_dir(&plan.site).or_exit(NOT_PROVISIONED)?;
    tell(&report);
    let Some(helper) = report.helper.take() else { return Ok((report, None)) };
    let (ownership, helper) = wait_for(helper)?;
    Ok((Report { helper, ..report }, ownership))
}

/// Waits for the helper as long as the budget allows. Returns how far it has come, and itself
/// where it goes on.
fn wait_for(helper: Helper) -> Result<(Option<Ownership>, Option<Helper>), Failure> {
    let stop = signal::stop_descriptor().context("signalfd").or_exit(NOT_PROVISIONED)?;
    match ownership::wait(helper, &stop, tell_ownership) {
        Ok(Progress::Ended(ownership)) => {
            tell_ownership(&ownership);
            Ok((Some(ownership), None))
        }
        Ok(Progress::Interrupted) => Ok((None, None)),
        Ok(Progress::GoesOn(helper, ownership)) => {
            tracing::info!("the home's files: going on in the background");
            Ok((Some(ownership), Some(helper)))
        }
        Err(error) => {
            tracing::warn!("the home's files: {error}");
            Ok((Some(Ownership { state: State::Failed, ..Ownership::default() }), None))
        }
    }
}

/// How the walk of the home gets on, or has ended, for the log.
pub fn tell_ownership(ownership: &Ownership) {
    tracing::info!("the home's files: {ownership}");
    if ownership.state.is_going_on() {
        return;
    }
    if ownership.mounts.count > 0 {
        let mounts = &ownership.mounts;
        tracing::info!("the home's files: left alone where something is mounted: {mounts}");
    }
    for sentence in ownership.left() {
        tracing::warn!("{sentence}");
    }
    if ownership.state == State::Failed {
        tracing::warn!(
            "the home's files: the walk ended before its end; what it has not come to stays as \
             it is until the next start"
        );
    }
}

fn tell(report: &Report) {
    for path in &report.made {
        tracing::info!("made {}", path.display());
    }
    for done in &report.done {
        tracing::info!("{done}");
    }
    for warning in &report.warnings {
        tracing::warn!("{warning}");
    }
}
