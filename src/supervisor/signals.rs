//! What a signal to PID 1 means.

use nix::sys::signalfd::siginfo;

/// Where a signal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The kernel, for a terminal for instance.
    Kernel,
    /// This process.
    Ourselves,
    /// Somebody else.
    Others,
}

impl Source {
    /// From signalfd(2)'s record.
    pub fn of(signal: &siginfo) -> Self {
        match signal.ssi_code {
            libc::SI_KERNEL => Source::Kernel,
            libc::SI_USER | libc::SI_TKILL if signal.ssi_pid == std::process::id() => {
                Source::Ourselves
            }
            _ => Source::Others,
        }
    }
}

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The stop begins.
    Stop,
    /// Everything is killed.
    Kill,
    /// Every main process gets it, too.
    Forward,
    /// Nothing.
    Ignore,
}

/// TERM, INT and QUIT stop the services, and kill them when the stop has begun already. A program
/// that runs in their place gets every signal itself.
///
/// What a terminal sends to stop its background is for PID 1 alone, and so is what this process
/// itself has raised, by a write to a closed pipe for instance; `source` tells.
pub fn meaning(number: i32, source: Source, is_program: bool, is_stopping: bool) -> Meaning {
    match (number, source) {
        (libc::SIGCHLD, _) | (_, Source::Ourselves) => Meaning::Ignore,
        (libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU, Source::Kernel) => Meaning::Ignore,
        (libc::SIGTERM | libc::SIGINT | libc::SIGQUIT, _) if is_stopping => Meaning::Kill,
        (libc::SIGTERM, _) => Meaning::Stop,
        (libc::SIGINT | libc::SIGQUIT, _) if !is_program => Meaning::Stop,
        _ => Meaning::Forward,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_signals_stop_and_the_second_one_kills() {
        for number in [libc::SIGTERM, libc::SIGINT, libc::SIGQUIT] {
            assert_eq!(meaning(number, Source::Others, false, false), Meaning::Stop);
            assert_eq!(meaning(number, Source::Kernel, false, true), Meaning::Kill);
        }
    }

    #[test]
    fn the_others_are_forwarded() {
        let others = [libc::SIGHUP, libc::SIGPIPE, libc::SIGTSTP, libc::SIGRTMIN() + 3];
        for number in others {
            assert_eq!(meaning(number, Source::Others, false, false), Meaning::Forward);
        }
        assert_eq!(meaning(libc::SIGHUP, Source::Kernel, true, false), Meaning::Forward);
        assert_eq!(meaning(libc::SIGINT, Source::Others, true, false), Meaning::Forward);
    }

    #[test]
    fn what_is_for_this_process_alone_is_not() {
        assert_eq!(meaning(libc::SIGPIPE, Source::Ourselves, true, false), Meaning::Ignore);
        assert_eq!(meaning(libc::SIGTSTP, Source::Kernel, true, false), Meaning::Ignore);
        assert_eq!(meaning(libc::SIGCHLD, Source::Others, true, false), Meaning::Ignore);
    }
}
