//! A watchdog timer of this process: who does not kick it in time is ended.
//!
//! It needs no thread. In a process that has one thread the kernel need not count who uses a
//! descriptor at the moment (`fdget` in its `fs/file.c`), which each system call then spares. The
//! price: a process that sleeps in the kernel where only a fatal signal wakes it, as on a file
//! server that is gone, is not ended, and goes on when that sleep ends.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::alarm;

static TIMER: OnceLock<Watchdog> = OnceLock::new();
static IS_LATE: AtomicBool = AtomicBool::new(false);

/// The timer. It counts from the last kick on, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Watchdog {
    /// How long it waits for a kick.
    pub patience: u32,
    /// How much longer it waits then. A process that was frozen hears of the end of its patience
    /// before it could kick.
    pub grace: u32,
    /// What is written to standard error at the end, a whole line.
    pub last_words: &'static str,
}

/// Starts it, once in a process. SIGALRM is its own from then on.
///
/// # Errors
/// What sigaction(2) said; it was started before (`AlreadyExists`).
pub fn start(timer: Watchdog) -> io::Result<()> {
    TIMER.set(timer).map_err(|_| io::ErrorKind::AlreadyExists)?;
    let handler = SigHandler::Handler(expired);
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler does nothing but what signal-safety(7) allows.
    unsafe { sigaction(Signal::SIGALRM, &action) }?;
    kick();
    Ok(())
}

/// Puts the end off.
pub fn kick() {
    if let Some(timer) = TIMER.get() {
        alarm::set(timer.patience);
        // After that: an expiry between the two would make it late for the next time as well.
        IS_LATE.store(false, Ordering::Relaxed);
    }
}

/// Calls alarm(2), write(2) and abort(3) alone, and reads what was set before it could be called.
extern "C" fn expired(_: libc::c_int) {
    let Some(timer) = TIMER.get() else { return };
    if !IS_LATE.swap(true, Ordering::Relaxed) {
        alarm::set(timer.grace);
        return;
    }
    let words = timer.last_words.as_bytes();
    // SAFETY: `words` is valid for its length; abort(3) does not return.
    unsafe {
        libc::write(libc::STDERR_FILENO, words.as_ptr().cast(), words.len());
        libc::abort();
    }
}
