//! Signals: blocked from the start and read from a descriptor, sent by pid, group or to all.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;
use tokio::io::unix::AsyncFd;

/// Signals that report a fault of this very thread: blocked, they would be lost or loop.
const SYNCHRONOUS: [Signal; 6] = [
    Signal::SIGSEGV,
    Signal::SIGBUS,
    Signal::SIGFPE,
    Signal::SIGILL,
    Signal::SIGTRAP,
    Signal::SIGABRT,
];

/// The signals that are read from the descriptor: all but the synchronous ones.
fn handled() -> SigSet {
    let mut set = SigSet::all();
    for signal in SYNCHRONOUS {
        set.remove(signal);
    }
    set
}

/// Blocks all signals but the synchronous ones, for this thread and those it starts.
///
/// The kernel throws away a signal to PID 1 of a namespace that is neither caught nor blocked
/// (signal(7), pid_namespaces(7)); a blocked one stays pending. So this comes first in `main`.
///
/// An ignored SIGCHLD would be inherited as well, and children vanish unheard (wait(2)).
pub fn block_all() -> io::Result<()> {
    // SAFETY: the default action is no function of ours.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
    Ok(sigprocmask(SigmaskHow::SIG_BLOCK, Some(&handled()), None)?)
}

/// [`block_all`] for PID 1, before `main`: the loader calls what stands in this section (the System
/// V ABI's `DT_INIT_ARRAY`) ahead of Rust's own preparations. It makes two system calls and touches
/// nothing that would have to be prepared.
// SAFETY: the section holds pointers to functions of the C ABI, and this is one.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = {
    extern "C" fn block_early() {
        if is_init() {
            let _ = block_all();
        }
    }
    block_early
};

/// Undoes [`block_all`], for a process that leaves signals to their default actions.
pub fn unblock_all() -> io::Result<()> {
    Ok(sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&handled()), None)?)
}

/// A descriptor from which blocked signals are read (signalfd(2)).
pub fn descriptor() -> io::Result<SignalFd> {
    Ok(SignalFd::with_flags(&handled(), SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

/// A descriptor that can be read once one of the signals is pending by which this program is told
/// to stop. For waiting only: what is not read from it stays pending.
pub fn stop_descriptor() -> io::Result<SignalFd> {
    let stop = SigSet::from_iter([Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT]);
    Ok(SignalFd::with_flags(&stop, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

/// Blocked signals of one kind, taken one by one.
#[derive(Debug)]
pub struct Notices(SignalFd);

impl Notices {
    /// Of children that ended.
    pub fn of_children() -> io::Result<Self> {
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let children = SigSet::from_iter([Signal::SIGCHLD]);
        SignalFd::with_flags(&children, flags).map(Notices).map_err(io::Error::from)
    }

    /// Of requests to stop.
    pub fn of_stop() -> io::Result<Self> {
        stop_descriptor().map(Notices)
    }

    /// Takes the next, if one is pending: it isn't any more.
    pub fn take(&self) -> Option<i32> {
        let read = self.0.read_signal().ok().flatten();
        read.map(|signal| signal.ssi_signo as i32)
    }
}

impl AsFd for Notices {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Has this process look for ended children again: SIGCHLD becomes pending.
pub fn notice_children() {
    let _ = send(To::Process(Pid::this().as_raw()), libc::SIGCHLD);
}

/// The signal by which this program is told to stop, where one is pending. It stays pending.
pub fn pending_stop() -> Option<i32> {
    let pending = pending();
    let stop = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT];
    stop.into_iter().find(|signal| pending.contains(*signal)).map(|signal| signal as i32)
}

fn pending() -> SigSet {
    // SAFETY: sigpending(2) fills the set in; an all-zero one is valid to begin with.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigpending(&mut set);
        SigSet::from_sigset_t_unchecked(set)
    }
}

/// The descriptor, watched by the event loop of the calling task.
pub fn watched(descriptor: SignalFd) -> io::Result<AsyncFd<SignalFd>> {
    // SAFETY: a SignalFd owns its descriptor, names no other, and closes it only when dropped.
    unsafe { AsyncFd::register(descriptor) }.map_err(io::Error::from)
}

/// Gives every signal its default action and blocks none. For a child between fork and exec: it
/// makes nothing but system calls.
pub(super) fn reset() -> io::Result<()> {
    for number in 1..=libc::SIGRTMAX() {
        let default = [0u64; 8];
        // SAFETY: the kernel's sigaction is smaller than this, and all zeros is SIG_DFL. libc's
        // own wrapper would leave out the two signals that it keeps for itself. The call fails
        // for KILL and STOP, which is as it should be.
        unsafe {
            let nothing = std::ptr::null::<u64>();
            libc::syscall(libc::SYS_rt_sigaction, number, default.as_ptr(), nothing, 8);
        }
    }
    Ok(sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)?)
}

/// Whom a signal goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// One process.
    Process(i32),
    /// A process group.
    Group(i32),
    /// Every process that may be signalled, but this one. Only ever for PID 1 of a namespace.
    Everyone,
}

/// Sends a signal (kill(2)). Nobody there to get it is no error: they have ended.
///
/// `number` is the raw number, so that real-time signals can be forwarded.
pub fn send(to: To, number: i32) -> io::Result<()> {
    let pid = match to {
        To::Process(pid) => pid,
        To::Group(group) => -group,
        To::Everyone => -1,
    };
    // SAFETY: kill(2) takes two integers.
    match Errno::result(unsafe { libc::kill(pid, number) }) {
        Ok(_) | Err(Errno::ESRCH) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Whether this process may send a process signals: it is there, and not somebody else's.
pub fn may_send(pid: i32) -> bool {
    // SAFETY: kill(2) takes two integers; 0 is no signal, and nothing is sent.
    Errno::result(unsafe { libc::kill(pid, 0) }).is_ok()
}

/// The signal's name, `SIGTERM`; `SIGRTMIN+n` and a bare number for those that have none.
pub fn name(number: i32) -> String {
    match Signal::try_from(number) {
        Ok(signal) => signal.as_str().to_owned(),
        Err(_) if number >= libc::SIGRTMIN() => format!("SIGRTMIN+{}", number - libc::SIGRTMIN()),
        Err(_) => number.to_string(),
    }
}

/// Whether this process is PID 1 of its namespace.
pub fn is_init() -> bool {
    Pid::this().as_raw() == 1
}
