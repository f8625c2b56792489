//! How the waiide-init that is PID 1 was started, for a command beside it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::Flags;
use crate::cli::{self, Action, Cli, Task};
use crate::control::client;
use crate::run_dir;
use crate::sys::{creds, proc};

/// Whether this program serves the container, and this process is another.
pub fn is_beside_another() -> bool {
    is_beside_init() || client::is_served(&run_dir::control_socket(None, creds::uid()))
}

fn is_beside_init() -> bool {
    std::process::id() != 1 && proc::is_same_program(1)
}

/// The flags and the task of PID 1, and before them these flags; none where PID 1 is something else,
/// or serves nothing.
pub fn with_flags(flags: &Flags) -> Option<(Flags, Task)> {
    let cli = of_init()?;
    match cli.action {
        Action::Run(task @ (Task::Serve | Task::Singleuser(_))) => {
            let mut all = cli.flags;
            all.extend(flags.clone());
            Some((all, task))
        }
        _ => None,
    }
}

/// The run directory that PID 1 was given as a flag, whatever it runs.
pub fn run_dir_of_init() -> Option<String> {
    of_init()?.flags.remove("run-dir")
}

fn of_init() -> Option<Cli> {
    let line = is_beside_init().then(|| proc::words(1)).flatten()?;
    let words = cli::words(line.split(|byte| *byte == 0).map(OsStr::from_bytes));
    cli::parse(&words).ok()
}
