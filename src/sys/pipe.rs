//! Pipes, and writing to one without being held up by its reader.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// The most that can be written to a pipe at once without blocking once poll(2) says that it is
/// writable (pipe(7), `PIPE_BUF` on Linux).
pub const ATOMIC: usize = 4096;

/// A pipe: (read end, write end), both closed by exec. The read end doesn't block.
pub fn for_output() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    set_nonblocking(&read)?;
    Ok((read, write))
}

/// A pipe that already holds `text`: (read end, write end). The text has to fit into the pipe's
/// buffer, which is made larger where the kernel lets it.
///
/// # Errors
/// `WouldBlock` where it doesn't fit.
pub fn holding(text: &[u8]) -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    set_nonblocking(&write)?;
    if text.len() > 65536 {
        let wanted = i32::try_from(text.len()).unwrap_or(i32::MAX);
        fcntl(&write, FcntlArg::F_SETPIPE_SZ(wanted))?;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let written = nix::unistd::write(&write, rest)?;
        rest = rest.get(written..).unwrap_or_default();
    }
    Ok((read, write))
}

fn set_nonblocking(fd: &OwnedFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Whether a write of up to [`ATOMIC`] bytes would go through at once.
pub fn is_writable(fd: &impl AsFd) -> bool {
    let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLOUT)];
    matches!(poll(&mut fds, PollTimeout::ZERO), Ok(n) if n > 0)
}

/// Writes up to [`ATOMIC`] bytes if that needs no waiting.
///
/// The descriptor itself stays in blocking mode: its flags are shared with whoever else has it
/// open, a terminal's shell for one.
///
/// # Errors
/// `WouldBlock` where the reader is behind, otherwise what write(2) said.
pub fn write_at_once(fd: &impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    if !is_writable(fd) {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let part = bytes.get(..ATOMIC).unwrap_or(bytes);
    Ok(nix::unistd::write(fd, part)?)
}

/// Whether the descriptor is a terminal.
pub fn is_terminal(fd: &impl AsRawFd) -> bool {
    // SAFETY: isatty(3) takes an integer.
    unsafe { libc::isatty(fd.as_raw_fd()) == 1 }
}

/// What came of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The first descriptor can be read, or has ended.
    First,
    /// The second one can.
    Second,
    /// The time is up.
    TimeUp,
}

/// Waits until one of two descriptors can be read, or the time is up; without one, for ever.
pub fn wait_for_either(
    first: &impl AsFd,
    second: &impl AsFd,
    most: Option<Duration>,
) -> io::Result<Waited> {
    let until = most.map(|most| Instant::now() + most);
    loop {
        let mut fds = [first.as_fd(), second.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
        let rest = until.map(|until| until.saturating_duration_since(Instant::now()));
        let rest = rest.map(|rest| PollTimeout::try_from(rest).unwrap_or(PollTimeout::MAX));
        match poll(&mut fds, rest.unwrap_or(PollTimeout::NONE)) {
            Err(nix::errno::Errno::EINTR) => continue,
            other => other?,
        };
        let [first, second] = fds.map(|fd| fd.any().unwrap_or(false));
        match (first, second) {
            (_, true) => return Ok(Waited::Second),
            (true, _) => return Ok(Waited::First),
            _ if until.is_some_and(|until| until <= Instant::now()) => return Ok(Waited::TimeUp),
            _ => {}
        }
    }
}

/// A copy of this process's standard error, to hand to a child.
pub fn standard_error() -> io::Result<OwnedFd> {
    io::stderr().as_fd().try_clone_to_owned()
}
