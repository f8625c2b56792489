//! The commands that show what a start would do, and what is in its way.

use super::decide::{Purpose, decide};
use super::{Failure, Flags, OrExit, UNUSABLE, running};
use crate::cli::Task;
use crate::environment::Variables;
use crate::{commands, doctor};

/// Prints what [`super::run`] would do. Returns the exit code.
///
/// # Errors
/// What would keep it from starting.
pub fn show_plan(flags: &Flags, variables: Variables, json: bool) -> Result<i32, Failure> {
    let plan = decide(flags, &Task::Serve, variables, Purpose::Show)?.plan;
    match json {
        true => commands::print(&format!("{:#}\n", plan.to_json())),
        false => commands::print(&format!("{}\n", plan.to_text())),
    }
    .or_exit(1)?;
    Ok(0)
}

/// Says what is wrong here, with the flags with which PID 1 was started. Returns the exit code.
///
/// # Errors
/// Nothing could be printed.
pub fn examine(flags: &Flags, variables: Variables, json: bool) -> Result<i32, Failure> {
    let (flags, task) = running::with_flags(flags).unwrap_or((flags.clone(), Task::Serve));
    let decided = decide(&flags, &task, variables, Purpose::Show);
    let looked = decided.map(|decided| (decided.environment, decided.plan));
    doctor::run(&looked.map_err(|failure| failure.error), json).or_exit(1)
}

/// Says what is wrong with a deployed server, seen from outside. Returns the exit code.
///
/// # Errors
/// The address can't be used, or nothing could be printed.
pub fn examine_url(url: &str, variables: &Variables, json: bool) -> Result<i32, Failure> {
    let target = doctor::url::Target::new(url, variables).or_exit(UNUSABLE)?;
    doctor::url::run(&target, json).or_exit(1)
}
