//! A service as clients see it, and an end in words.

use std::time::{Duration, SystemTime};

use crate::control::protocol::Exit;
use crate::sys::signal;
use crate::sys::wait::Ending;

/// A moment, as RFC 3339 in UTC.
pub fn moment(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}

/// How a process ended, for clients.
pub fn exit(ending: Ending, at: SystemTime) -> Exit {
    let (code, signal) = match ending {
        Ending::Code(code) => (Some(code), None),
        Ending::Signal(number) => (None, Some(signal::name(number))),
    };
    Exit { code, signal, message: in_words(ending), at: moment(at) }
}

/// An end in words.
pub fn in_words(ending: Ending) -> String {
    match ending {
        Ending::Code(code) => format!("exited with code {code}"),
        Ending::Signal(number) => format!("was ended by {}", signal::name(number)),
    }
}

/// Why a program can't be started, with what to do.
pub fn spawn_failure(program: &str, error: &std::io::Error) -> String {
    let remedy = match error.raw_os_error() {
        Some(libc::ENOENT) => {
            "it, or the interpreter that it names, is not there: install it, or correct the command"
        }
        Some(libc::EACCES) => {
            "it is not executable for this user: chmod a+rx it and what leads there, and mount it \
             without noexec"
        }
        Some(libc::ENOEXEC) => "it is no program for this machine, or a script without #!",
        Some(libc::ETXTBSY) => "somebody is still writing to it",
        Some(libc::EMFILE) => {
            "too many files are open in waiide-init: raise the limit (docker run --ulimit nofile)"
        }
        Some(libc::ENFILE) => {
            "too many files are open on the machine: raise its limit (sysctl fs.file-max)"
        }
        Some(libc::E2BIG) => "its arguments and environment are too long together",
        Some(libc::EAGAIN) => "no more processes are allowed: raise the container's pids limit",
        Some(libc::ENOMEM) => "there is no memory for it: raise the container's limit",
        Some(libc::ELOOP | libc::ENOTDIR | libc::ENAMETOOLONG | libc::EISDIR) => {
            "the command's path leads nowhere: correct it"
        }
        _ => return format!("{program} can't be started: {error}"),
    };
    format!("{program} can't be started: {error} ({remedy})")
}

/// The exit code for a program that can't be started, as shells have it: 127 when it is not there,
/// 126 when it can't be executed.
pub fn spawn_exit_code(error: &std::io::Error) -> i32 {
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENOTDIR) => 127,
        _ => 126,
    }
}

/// A length of time for a log line, without false precision.
pub fn length(length: Duration) -> String {
    humantime::format_duration(Duration::from_millis(length.as_millis() as u64)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_has_a_code_or_a_signal() {
        let at = SystemTime::UNIX_EPOCH;
        let one = exit(Ending::Code(3), at);
        assert_eq!((one.code, one.signal), (Some(3), None));
        let two = exit(Ending::Signal(15), at);
        assert_eq!((two.code, two.signal.as_deref()), (None, Some("SIGTERM")));
        assert_eq!(two.at, "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = std::io::Error::from_raw_os_error(libc::ENOENT);
        assert!(spawn_failure("/x", &error).starts_with("/x can't be started: No such file"));
    }
}
