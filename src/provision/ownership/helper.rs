//! The helper's own main.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::judgement::Rules;
use super::tally::{Reason, Tally};
use super::trees::{self, Trees};
use super::{Ownership, State, record};
use crate::sys::dirfd::Dir;
use crate::sys::limits;
use crate::sys::spawn::die_with_parent;

/// How often it says how it gets on.
const EACH: Duration = Duration::from_secs(1);

/// What the helper is told, as a line of JSON on its standard input.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// The tops of the trees, the home first.
    pub paths: Vec<PathBuf>,
    /// What services need, with all that is in it: it is walked before the rest.
    #[serde(default)]
    pub needed: Vec<PathBuf>,
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
    let Some((home, others)) = order.paths.split_first() else { return Ownership::default() };
    let trees = Trees { home, needed: &order.needed, others };
    let (told, news) = channel();
    let (tally, is_background) = (Tally::begin(told), AtomicBool::new(false));
    let (over, so_far, flag) = (AtomicBool::new(false), &tally, &is_background);
    std::thread::scope(|scope| {
        let is_over = &over;
        scope.spawn(move || report(order.budget, so_far, flag, &news, is_over));
        let walked = trees::walk(&trees, &order.rules, so_far, flag);
        if let Err(error) = &walked {
            tally.left(Reason::Failed, home, error);
        }
        over.store(true, Ordering::Relaxed);
        tally.enter(if walked.is_ok() { State::Done } else { State::Failed });
    });
    let was_alone = !is_background.load(Ordering::Relaxed);
    if order.is_recorded && tally.is_complete(was_alone) {
        // Root may not write to every home, and then nothing is known at the next start.
        let Rules { uid, gid, .. } = order.rules;
        let _ = Dir::open(home).and_then(|home| record::settle(&home, uid, gid));
    }
    tally.sum()
}

/// Says how it gets on: at once when it enters another state, and each second once the budget is
/// spent. Until then it is waited for anyway.
fn report(
    budget: Option<Duration>,
    tally: &Tally,
    is_background: &AtomicBool,
    news: &Receiver<()>,
    is_over: &AtomicBool,
) {
    let began = Instant::now();
    let budget_left = || budget.unwrap_or(EACH).checked_sub(began.elapsed());
    loop {
        let _ = news.recv_timeout(budget_left().unwrap_or(EACH));
        is_background.store(budget.is_some() && budget_left().is_none(), Ordering::Relaxed);
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let _ = say(&tally.sum());
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
