//! Waiting for children. Only the supervisor's reaper calls this.

use std::io;

use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
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

/// Looks for a child that has ended, was stopped or goes on, without reaping it (waitid(2), `WNOWAIT`).
///
/// Until [`reap`] is called, its pid and process group belong to nobody else: a signal to them
/// can't reach a stranger.
pub fn peek() -> io::Result<Waiting> {
    let flags = WaitPidFlag::from_bits_retain(EVERYTHING | libc::WNOHANG | libc::WNOWAIT);
    match waitid(Id::All, flags) {
        Ok(WaitStatus::Exited(pid, code)) => Ok(Waiting::Ended(pid.as_raw(), Ending::Code(code))),
        Ok(WaitStatus::Signaled(pid, signal, _)) => {
            Ok(Waiting::Ended(pid.as_raw(), Ending::Signal(signal as i32)))
        }
        Ok(WaitStatus::Stopped(pid, signal)) => Ok(Waiting::Paused(pid.as_raw(), signal as i32)),
        Ok(WaitStatus::Continued(pid)) => Ok(Waiting::Resumed(pid.as_raw())),
        Ok(_) => Ok(Waiting::Nobody),
        Err(Errno::ECHILD) => Ok(Waiting::Childless),
        // A real-time signal ended it, which nix has no name for: the raw status says which.
        Err(Errno::EINVAL) => peek_raw(),
        Err(errno) => Err(errno.into()),
    }
}

fn peek_raw() -> io::Result<Waiting> {
    let flags = EVERYTHING | libc::WNOHANG | libc::WNOWAIT;
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
            pid if info.si_code == libc::CLD_STOPPED => Waiting::Paused(pid, info.si_status()),
            pid if info.si_code == libc::CLD_CONTINUED => Waiting::Resumed(pid),
            pid => Waiting::Ended(pid, Ending::Signal(info.si_status())),
        })
    }
}

/// Takes what [`peek`] told of a child away; an ended one is gone for good.
pub fn reap(pid: i32) {
    let flags = WaitPidFlag::from_bits_retain(EVERYTHING | libc::WNOHANG);
    // Its status was read by `peek`; a failure means that it is gone already.
    let _ = waitid(Id::Pid(Pid::from_raw(pid)), flags);
}
