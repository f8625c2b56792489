//! When this program itself is at fault: what runs is still ended in order, so that people lose no
//! more than a stop would cost them, and the container's engine starts it anew.

use std::panic::PanicHookInfo;
use std::time::{Duration, Instant};

use crate::ending;
use crate::journal::Journal;
use crate::sys::wait::{self, Waiting};

/// The exit code after a panic.
const BROKEN: i32 = 1;
const PAUSE: Duration = Duration::from_millis(5);

/// From now on a panic is told of, everything is ended within `budget`, and the program exits
/// with 1.
pub fn end_all_on_panic(journal: Journal, budget: Duration) {
    std::panic::set_hook(Box::new(move |info| {
        tell(&journal, info);
        end_all(budget);
        journal.try_flush();
        std::process::exit(BROKEN);
    }));
}

/// Whoever panicked may hold the journal.
fn tell(journal: &Journal, info: &PanicHookInfo<'_>) {
    let text = format!("{info}").replace('\n', ": ");
    let text =
        format!("this is a bug in waiide-init, please report it: {text}. Stopping everything");
    if !journal.try_add(&text, tracing::Level::ERROR) {
        eprintln!("waiide-init: {text}");
    }
}

fn end_all(budget: Duration) {
    ending::end_rest(&[]);
    let until = Instant::now() + budget;
    while !is_alone() && Instant::now() < until {
        std::thread::sleep(PAUSE);
    }
    ending::kill_all();
}

fn is_alone() -> bool {
    loop {
        match wait::next() {
            Ok(Waiting::Ended(..) | Waiting::Paused(..) | Waiting::Resumed(_)) => {}
            Ok(Waiting::Childless) => return true,
            Ok(Waiting::Nobody) | Err(_) => return ending::nobody_can_be_told(),
        }
    }
}
