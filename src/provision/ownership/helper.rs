//! The helper's own main.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::judgement::Rules;
use super::tally::{Reason, Tally};
use super::{Ownership, Walk, record, walk};
use crate::sys::dirfd::Dir;
use crate::sys::limits;
use crate::sys::spawn::die_with_parent;

/// How often it says how it gets on.
const EACH: Duration = Duration::from_secs(1);

/// What the helper is told, as a line of JSON on its standard input.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// The tops of the trees, the home first. One that lies in it is walked on its own only where
    /// it is a mount, which the walk of the home leaves out.
    pub paths: Vec<PathBuf>,
    /// Whose files are given to whom.
    #[serde(flatten)]
    pub rules: Rules,
    /// After how long it lets others go first; none: never.
    #[serde(default)]
    pub budget: Option<Duration>,
    /// Whether the home is told whose it is at the end.
    #[serde(default)]
    pub is_recorded: bool,
}

/// Reads the order, walks, and says how that gets on and ends, on standard output. Ends when
/// standard input does.
///
/// # Errors
/// An order that is none.
pub fn run() -> anyhow::Result<()> {
    die_with_parent()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(0);
    });
    // A deep tree has many directories open at a time. With fewer, the rest of it is told.
    let _ = limits::raise_open_files();
    say(&carry_out(&serde_json::from_str(&line)?))?;
    Ok(())
}

fn carry_out(order: &Order) -> Ownership {
    let (tally, is_background) = (Tally::begin(), AtomicBool::new(false));
    let (end, is_over) = channel();
    let (so_far, flag) = (&tally, &is_background);
    let walked = std::thread::scope(|scope| {
        scope.spawn(move || report(order.budget, so_far, flag, &is_over));
        let walked = walk::walk(&order.paths, &order.rules, &tally, &is_background);
        drop(end);
        walked
    });
    match (walked, order.paths.first()) {
        (Err(error), home) => {
            tally.left(Reason::Failed, home.map_or(Path::new(""), PathBuf::as_path), error);
            tally.sum(Walk::Failed)
        }
        (Ok(()), Some(home)) if order.is_recorded => {
            // Root may not write to every home, and then nothing is known at the next start.
            let Rules { uid, gid, .. } = order.rules;
            let _ = Dir::open(home).and_then(|home| record::settle(&home, uid, gid));
            tally.sum(Walk::Done)
        }
        (Ok(()), _) => tally.sum(Walk::Done),
    }
}

/// Says how it gets on, once the budget is spent; until then it is waited for anyway.
fn report(
    budget: Option<Duration>,
    tally: &Tally,
    is_background: &AtomicBool,
    is_over: &Receiver<()>,
) {
    let mut next = budget.unwrap_or(EACH);
    while let Err(RecvTimeoutError::Timeout) = is_over.recv_timeout(next) {
        is_background.store(budget.is_some(), Ordering::Relaxed);
        let _ = say(&tally.sum(Walk::Running));
        next = EACH;
    }
}

/// In one write, so that it is read in one piece.
fn say(so_far: &Ownership) -> io::Result<()> {
    let mut line = serde_json::to_vec(so_far)?;
    line.push(b'\n');
    let mut output = io::stdout().lock();
    output.write_all(&line)?;
    output.flush()
}
