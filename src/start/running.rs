//! How the waiide-init that is PID 1 was started, for a command beside it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::Flags;
use crate::cli::{self, Action, Task};
use crate::sys::proc;

/// The flags and the task of PID 1, and before them these flags; none where PID 1 is something else,
/// or serves nothing.
pub fn with_flags(flags: &Flags) -> Option<(Flags, Task)> {
    let is_init = std::process::id() == 1;
    let line =
        Some(1).filter(|pid| !is_init && proc::is_same_program(*pid)).and_then(proc::words)?;
    let words = cli::words(line.split(|byte| *byte == 0).map(OsStr::from_bytes));
    let cli = cli::parse(&words).ok()?;
    match cli.action {
        Action::Run(task @ (Task::Serve | Task::Singleuser(_))) => {
            let mut all = cli.flags;
            all.extend(flags.clone());
            Some((all, task))
        }
        _ => None,
    }
}
