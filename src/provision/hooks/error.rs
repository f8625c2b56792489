//! What stops a start because of a hook, in words that name the hook, the reason and the remedy.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::trust::Distrust;
use super::variables::LineError;
use crate::journal::Journal;
use crate::sys::paths::one_line;
use crate::sys::signal;
use crate::sys::wait::Ending;

/// How many of its last lines the report of a hook has.
const REPORTED_LINES: usize = 20;
/// The most characters of each.
const REPORTED_WIDTH: usize = 500;

/// What stops a start because of hooks.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The directory can't be read.
    #[error(
        "{directory}: can't read which start hooks there are: {reason}. Make it a directory that \
         can be read (chmod a+rx), or remove it."
    )]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What the kernel said.
        reason: io::Error,
    },
    /// Somebody else than root could decide what root runs.
    #[error(
        "{path}: root doesn't run this start hook, since {reason}{remedy}.",
        path = one_line(path.as_os_str()), remedy = reason.remedy()
    )]
    Distrusted {
        /// The hook.
        path: PathBuf,
        /// What isn't root's alone.
        reason: Distrust,
    },
    /// Somebody else than root could decide what the interpreter is that root runs.
    #[error(
        "{path}: root doesn't run this start hook, since its #! line names an interpreter that \
         others may change: {reason}. Name one that is root's alone, such as /bin/sh.",
        path = one_line(path.as_os_str())
    )]
    Interpreter {
        /// The hook.
        path: PathBuf,
        /// What isn't root's alone.
        reason: Distrust,
    },
    /// A hook didn't do its work.
    #[error("start hook {path}: {what}", path = one_line(path.as_os_str()))]
    Hook {
        /// The hook.
        path: PathBuf,
        /// What went wrong.
        what: Failed,
    },
}

/// What went wrong with a hook.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It can't be executed.
    #[error("can't be executed: {0}. {remedy}", remedy = remedy(.0))]
    Start(io::Error),
    /// It ended otherwise than with exit code 0.
    #[error(
        "{how}, so that nothing is started.{1}Correct the hook; to start without it, take it away \
         or chmod -x it.", how = how(*.0)
    )]
    Ended(Ending, LastLines),
    /// It took too long.
    #[error(
        "did not end within {limit} and was ended, so that nothing is started.{1}Correct the hook, \
         or give it more time with --hook-timeout (WAIIDE_HOOK_TIMEOUT).",
        limit = humantime::format_duration(*.0)
    )]
    TimeUp(Duration, LastLines),
    /// There is no place for the file in which it sets variables.
    #[error(
        "can't make the file for WAIIDE_ENV_FILE: {0}. Let /run, the run directory or /tmp be \
         writable (Docker: --tmpfs /run; Kubernetes: an emptyDir)."
    )]
    NoFile(io::Error),
    /// The file can't be read.
    #[error(
        "can't use what it wrote to the file in WAIIDE_ENV_FILE: {0}. Write NAME=value, one \
         variable a line."
    )]
    Read(io::Error),
    /// The file holds something else than variables.
    #[error("{0}. Nothing is started.")]
    Variables(LineError),
}

fn how(ending: Ending) -> String {
    match ending {
        Ending::Code(code) => format!("ended with exit code {code}"),
        Ending::Signal(number) => format!("was ended by {}", signal::name(number)),
    }
}

/// What an admin changes, by what execve(2) said.
fn remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::ENOENT) => {
            "The interpreter that its first line names (#!) is not there; install it or correct \
             the line. A line end of Windows counts as a part of the name."
        }
        Some(libc::EACCES | libc::EPERM) => {
            "Let whoever runs it read and execute it (chmod a+rx), also the directories on the \
             way and the interpreter, on a file system that is not mounted noexec."
        }
        Some(libc::ENOEXEC) => {
            "It is no program for this machine: begin a script with #!/bin/sh, and build a binary \
             for this architecture."
        }
        Some(libc::ETXTBSY) => "Somebody still has it open for writing; write it before the start.",
        Some(libc::EAGAIN | libc::ENOMEM | libc::EMFILE | libc::ENFILE) => {
            "The container has come to a limit: raise its limit of processes, memory or files."
        }
        _ => "Take it away, or put a file there that can be executed.",
    }
}

/// The last lines that a hook printed.
#[derive(Debug)]
pub struct LastLines(Vec<String>);

impl LastLines {
    /// Those of a hook, by its name in the journal.
    pub fn of(journal: &Journal, name: &str) -> Self {
        let lines = journal.last(Some(name), REPORTED_LINES);
        let cut = |text: &str| text.chars().take(REPORTED_WIDTH).collect();
        LastLines(lines.iter().map(|line| cut(&line.text)).collect())
    }
}

impl fmt::Display for LastLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str(" It printed nothing. "),
            lines => writeln!(f, " Its last lines:\n  {}", lines.join("\n  ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LogFormat;

    #[test]
    fn a_failure_names_hook_ending_output_and_remedy() {
        let journal = Journal::new(LogFormat::Text, true);
        for number in 0..30 {
            journal.add("init.d/x", &number.to_string(), None);
        }
        let lines = LastLines::of(&journal, "init.d/x");
        let what = Failed::Ended(Ending::Code(7), lines);
        let error = HookError::Hook { path: "/d/init.d/a\nb".into(), what }.to_string();
        assert!(error.starts_with("start hook /d/init.d/a\\nb: ended with exit code 7"), "{error}");
        assert!(error.contains("\n  10\n  11\n") && !error.contains("\n  9\n"), "{error}");
        assert!(error.ends_with(
            "\n  29\nCorrect the hook; to start without it, take it away or chmod -x it."
        ));
    }

    #[test]
    fn a_hook_that_printed_nothing_is_said_so() {
        let journal = Journal::new(LogFormat::Text, true);
        let lines = LastLines::of(&journal, "init.d/x");
        let error = Failed::TimeUp(Duration::from_secs(60), lines).to_string();
        assert!(
            error.contains("within 1m") && error.contains("It printed nothing. Correct"),
            "{error}"
        );
        let error = Failed::Ended(Ending::Signal(9), LastLines(vec![])).to_string();
        assert!(error.starts_with("was ended by SIGKILL"), "{error}");
    }

    #[test]
    fn each_refusal_of_the_kernel_has_a_remedy_of_its_own() {
        let codes =
            [libc::ENOENT, libc::EACCES, libc::ENOEXEC, libc::ETXTBSY, libc::EAGAIN, libc::EIO];
        let remedies = codes.map(|code| remedy(&io::Error::from_raw_os_error(code)));
        let different: std::collections::HashSet<_> = remedies.iter().collect();
        assert_eq!(different.len(), codes.len());
    }
}
