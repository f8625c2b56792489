//! Waiting for children. Only the supervisor's reaper calls this.

use std::io;

use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

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
    /// A child has ended and still holds its pid.
    Ended(i32, Ending),
    /// There are children, and none has ended.
    Nobody,
    /// There is no child at all.
    Childless,
}

/// Looks for a child that has ended, without reaping it (waitid(2), `WNOWAIT`).
///
/// Until [`reap`] is called, its pid and process group belong to nobody else: a signal to them
/// can't reach a stranger.
pub fn peek() -> io::Result<Waiting> {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    match waitid(Id::All, flags) {
        Ok(WaitStatus::Exited(pid, code)) => Ok(Waiting::Ended(pid.as_raw(), Ending::Code(code))),
        Ok(WaitStatus::Signaled(pid, signal, _)) => {
            Ok(Waiting::Ended(pid.as_raw(), Ending::Signal(signal as i32)))
        }
        Ok(_) => Ok(Waiting::Nobody),
        Err(Errno::ECHILD) => Ok(Waiting::Childless),
        // A real-time signal ended it, which nix has no name for: the raw status says which.
        Err(Errno::EINVAL) => peek_raw(),
        Err(errno) => Err(errno.into()),
    }
}

fn peek_raw() -> io::Result<Waiting> {
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: an all-zero siginfo_t is valid, and waitid fills it in; si_pid and si_status may be
    // read for a SIGCHLD record, and are zero where nobody has ended.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        Errno::result(libc::waitid(libc::P_ALL, 0, &mut info, flags))?;
        Ok(match info.si_pid() {
            0 => Waiting::Nobody,
            pid if info.si_code == libc::CLD_EXITED => {
                Waiting::Ended(pid, Ending::Code(info.si_status()))
            }
            pid => Waiting::Ended(pid, Ending::Signal(info.si_status())),
        })
    }
}

/// Takes an ended child away for good.
pub fn reap(pid: i32) {
    // Its status was read by `peek`; a failure means that it is gone already.
    let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
}
