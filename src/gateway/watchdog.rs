//! Ends the gateway when it is stuck: a gateway that runs and serves nobody is worse than one that
//! PID 1 starts anew within milliseconds.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;

/// How often the event loop is asked for a sign of life.
const PERIOD: Duration = Duration::from_secs(10);
/// How long it may take to give one. A proxy's loop has nothing to do that takes a second.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much longer it has, in case that the container was paused meanwhile, which stops this
/// thread as well but not the clock.
const GRACE: Duration = Duration::from_secs(5);
const STACK: usize = 64 * 1024;

/// Watches an event loop from a thread of its own.
///
/// # Errors
/// What pthread_create(3) said.
pub fn watch(runtime: Handle) -> io::Result<()> {
    let name = "watchdog".to_owned();
    let thread = thread::Builder::new().name(name).stack_size(STACK);
    thread.spawn(move || {
        loop {
            match sign_of_life(&runtime) {
                Ok(()) => thread::sleep(PERIOD),
                // The loop has been closed down: the process is about to end.
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        tracing::error!(
            "the event loop gave no sign of life for {} s: ending, to be started anew",
            (PATIENCE + GRACE).as_secs()
        );
        std::process::abort();
    })?;
    Ok(())
}

fn sign_of_life(runtime: &Handle) -> Result<(), RecvTimeoutError> {
    let (sender, sign) = sync_channel(1);
    runtime.spawn(async move { sender.send(()) });
    match sign.recv_timeout(PATIENCE) {
        Err(RecvTimeoutError::Timeout) => sign.recv_timeout(GRACE),
        other => other,
    }
}
