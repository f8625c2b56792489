//! Pipes, and writing to one without being held up by its reader.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::fstat;

/// The most that can be written to a pipe at once without blocking once poll(2) says that it is
/// writable (pipe(7), `PIPE_BUF` on Linux).
const ATOMIC: usize = 4096;

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

/// How many bytes can be read from a pipe by now (ioctl_pipe(2), `FIONREAD`).
pub fn readable_bytes(pipe: &impl AsFd) -> usize {
    let mut bytes: libc::c_int = 0;
    // SAFETY: FIONREAD writes an int, which outlives the call.
    let result = unsafe { libc::ioctl(pipe.as_fd().as_raw_fd(), libc::FIONREAD, &mut bytes) };
    if result == 0 { usize::try_from(bytes).unwrap_or(0) } else { 0 }
}

fn set_nonblocking(fd: &OwnedFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Standard output or standard error, written to without being held up by its reader.
///
/// The flags of what was inherited are shared with whoever else has it open, a terminal's shell
/// for one, so that it is left in blocking mode; a terminal or pipe is opened anew, and that
/// description doesn't block.
#[derive(Debug)]
pub enum Sink {
    /// Opened anew, non-blocking.
    Own(File),
    /// As inherited: a file, which never blocks for long, or a socket.
    Inherited(OwnedFd),
    /// It was closed before the start.
    Nobody,
}

impl Sink {
    /// Standard output.
    pub fn stdout() -> Self {
        Sink::of(io::stdout().as_fd())
    }

    /// Standard error.
    pub fn stderr() -> Self {
        Sink::of(io::stderr().as_fd())
    }

    fn of(fd: BorrowedFd<'_>) -> Self {
        let inherited = || fd.try_clone_to_owned().ok().map(Sink::Inherited);
        Sink::reopen(fd).or_else(inherited).unwrap_or(Sink::Nobody)
    }

    fn reopen(fd: BorrowedFd<'_>) -> Option<Self> {
        let kind = fstat(fd).ok()?.st_mode & libc::S_IFMT;
        if kind != libc::S_IFIFO && kind != libc::S_IFCHR {
            return None;
        }
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
        let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
        File::options().write(true).custom_flags(flags).open(path).ok().map(Sink::Own)
    }

    /// Writes some of `bytes` if that needs no waiting; returns how many.
    ///
    /// # Errors
    /// `WouldBlock` where the reader is behind, otherwise what write(2) said.
    pub fn write_at_once(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Own(file) => file.write(bytes),
            Sink::Inherited(fd) if is_writable(fd) => {
                Ok(nix::unistd::write(fd, bytes.get(..ATOMIC).unwrap_or(bytes))?)
            }
            Sink::Inherited(_) => Err(io::ErrorKind::WouldBlock.into()),
            Sink::Nobody => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

/// Whether a write of up to [`ATOMIC`] bytes would go through at once.
fn is_writable(fd: &impl AsFd) -> bool {
    let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLOUT)];
    matches!(poll(&mut fds, PollTimeout::ZERO), Ok(n) if n > 0)
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

/// Waits until one of the descriptors can be read or has ended, or the time is up.
pub fn wait_for_any(fds: &[BorrowedFd<'_>], most: Duration) -> io::Result<()> {
    let mut fds: Vec<_> = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
    // Rounded up, so that the last millisecond is slept and not spent asking again and again.
    let most = most.saturating_add(Duration::from_micros(999));
    match poll(&mut fds, PollTimeout::try_from(most).unwrap_or(PollTimeout::MAX)) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// A copy of this process's standard error, to hand to a child.
pub fn standard_error() -> io::Result<OwnedFd> {
    io::stderr().as_fd().try_clone_to_owned()
}
