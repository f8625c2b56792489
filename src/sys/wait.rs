//! Waiting for children (waitid(2)). One place at a time calls this: while hooks run, their watch;
//! then the supervisor's reaper.

use std::io;

use nix::errno::Errno;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It called exit with this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

/// What there is to reap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A child has ended, and is gone now.
    Ended(i32, Ending),
    /// A child was stopped by this signal, and goes on with its life when it is told to.
    Paused(i32, i32),
    /// A child that was stopped goes on.
    Resumed(i32),
    /// There are children, and none has ended.
    Nobody,
    /// There is no child at all.
    Childless,
}

/// What is waited for.
const EVERYTHING: i32 = libc::WEXITED | libc::WSTOPPED | libc::WCONTINUED;

/// Takes the next child away that has ended, or the word of one that was stopped or goes on.
///
/// Until this is called, an ended child's pid is nobody else's: a signal to it can't reach a
/// stranger. The kernel's own record is read, as nix has no name for a real-time signal.
pub fn next() -> io::Result<Waiting> {
    look(EVERYTHING | libc::WNOHANG)
}

/// Whether there is no child, not even one that has ended.
pub fn is_childless() -> bool {
    matches!(look(EVERYTHING | libc::WNOHANG | libc::WNOWAIT), Ok(Waiting::Childless))
}

fn look(flags: i32) -> io::Result<Waiting> {
    // SAFETY: an all-zero siginfo_t is valid, and waitid(2) fills it in; si_pid and si_status may
    // be read for a SIGCHLD record, and are zero where there is nothing to tell.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        match Errno::result(libc::waitid(libc::P_ALL, 0, &mut info, flags)) {
            Err(Errno::ECHILD) => return Ok(Waiting::Childless),
            other => other?,
        };
        let status = info.si_status();
        Ok(match (info.si_pid(), info.si_code) {
            (0, _) => Waiting::Nobody,
            (pid, libc::CLD_EXITED) => Waiting::Ended(pid, Ending::Code(status)),
            (pid, libc::CLD_STOPPED | libc::CLD_TRAPPED) => Waiting::Paused(pid, status),
            (pid, libc::CLD_CONTINUED) => Waiting::Resumed(pid),
            (pid, _) => Waiting::Ended(pid, Ending::Signal(status)),
        })
    }
}
