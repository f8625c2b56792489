//! Signals by descriptor: one that is open stands for the same process for ever, whereas a pid may
//! come to be another's (pidfd_open(2), pidfd_send_signal(2); Linux 5.3).

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use nix::errno::Errno;

/// A process.
#[derive(Debug)]
pub struct PidFd(OwnedFd);

impl PidFd {
    /// The process that has this pid at the moment.
    ///
    /// # Errors
    /// `ESRCH`: nobody has it. `ENOSYS` or `EPERM`: an old kernel, or a seccomp filter that refuses
    /// the call.
    pub fn open(pid: i32) -> io::Result<Self> {
        // SAFETY: two integers go in, and what comes out is a new descriptor that nobody owns yet.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        let fd = i32::try_from(Errno::result(fd)?).unwrap_or(-1);
        // SAFETY: as above.
        Ok(PidFd(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// `ESRCH`: it has ended. `EPERM`: it is somebody else's.
    pub fn send(&self, number: i32) -> io::Result<()> {
        let none = std::ptr::null::<libc::siginfo_t>();
        // SAFETY: integers and a null pointer, for which the kernel fills in what kill(2) would.
        let sent = unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, self.0.as_raw_fd(), number, none, 0)
        };
        Errno::result(sent)?;
        Ok(())
    }
}
