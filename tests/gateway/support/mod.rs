//! The parts around the gateway.

pub mod backend;
pub mod cases;
pub mod client;
pub mod control;
pub mod gateway;
pub mod recorder;
pub mod stage;
pub mod talk;
pub mod wire;

use std::time::{Duration, Instant};

/// How long anything in a test may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until something holds, and fails when it does not within [`PATIENCE`].
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "still not so: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
