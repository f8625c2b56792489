//! What a signal to PID 1 means.

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
pub fn meaning(number: i32, is_program: bool, is_stopping: bool) -> Meaning {
    match number {
        // Children's, those by which a terminal stops its background, and those that the kernel
        // raises for what this very process did.
        libc::SIGCHLD | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => Meaning::Ignore,
        libc::SIGPIPE | libc::SIGXFSZ | libc::SIGXCPU => Meaning::Ignore,
        libc::SIGTERM | libc::SIGINT | libc::SIGQUIT if is_stopping => Meaning::Kill,
        libc::SIGTERM => Meaning::Stop,
        libc::SIGINT | libc::SIGQUIT if !is_program => Meaning::Stop,
        _ => Meaning::Forward,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_signals_stop_and_the_second_one_kills() {
        for number in [libc::SIGTERM, libc::SIGINT, libc::SIGQUIT] {
            assert_eq!(meaning(number, false, false), Meaning::Stop);
            assert_eq!(meaning(number, false, true), Meaning::Kill);
        }
    }

    #[test]
    fn the_others_are_forwarded() {
        for number in [libc::SIGHUP, libc::SIGUSR1, libc::SIGWINCH, libc::SIGRTMIN() + 3] {
            assert_eq!(meaning(number, false, false), Meaning::Forward);
        }
        assert_eq!(meaning(libc::SIGINT, true, false), Meaning::Forward);
    }
}
