//! Ends the gateway when it is stuck: a gateway that runs and serves nobody is worse than one that
//! PID 1 starts anew within milliseconds. One that hangs in a file of a file server that is gone is
//! not ended, and serves again when that is back ([`crate::sys::watchdog`]).

use std::io;
use std::time::Duration;

use tokio::time::sleep;

use crate::sys::watchdog::{Watchdog, kick, start};

/// How often the event loop gives a sign of life.
const PERIOD: Duration = Duration::from_secs(4);
/// How long it may take to give one. A proxy's loop has nothing to do that takes a second.
const LIMITS: Watchdog = Watchdog {
    patience: 20,
    grace: 6,
    last_words: "ERROR the event loop gave no sign of life for 26 s: ending, to be started anew\n",
};

const _: () = assert!(LIMITS.patience + LIMITS.grace == 26, "as its last words say");

/// Watches the event loop that runs what this returns.
///
/// # Errors
/// What sigaction(2) said.
pub fn watch() -> io::Result<impl Future<Output = ()>> {
    start(LIMITS)?;
    Ok(async {
        loop {
            kick();
            sleep(PERIOD).await;
        }
    })
}
