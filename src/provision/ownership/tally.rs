//! What the walk has seen and done, counted by all its threads.

use std::fmt::Display;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::control::ownership::{Found, Ownership, Walk};

/// How many entries of a kind are named.
const NAMED: usize = 3;
/// How long such a name may be, so that the line with all of them is written at once (pipe(7),
/// `PIPE_BUF`).
const LONGEST: usize = 150;

/// The counters.
#[derive(Debug)]
pub struct Tally {
    since: Instant,
    looked_at: AtomicU64,
    changed: AtomicU64,
    left: Mutex<Lists>,
}

/// What was left as it is.
#[derive(Debug, Default)]
struct Lists {
    foreign: Found,
    hard_links: Found,
    devices: Found,
    mounts: Found,
    failed: Found,
}

/// Why an entry was left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is another user's.
    Foreign,
    /// It has other names.
    HardLink,
    /// It is a device.
    Device,
    /// Something is mounted there.
    Mount,
    /// The kernel refused.
    Failed,
}

impl Tally {
    /// Begins to count, and to take the time.
    pub fn begin() -> Self {
        Tally {
            since: Instant::now(),
            looked_at: AtomicU64::new(0),
            changed: AtomicU64::new(0),
            left: Mutex::default(),
        }
    }

    /// So many more were looked at.
    pub fn looked_at(&self, more: u64) {
        self.looked_at.fetch_add(more, Ordering::Relaxed);
    }

    /// So many more were given to the user.
    pub fn changed(&self, more: u64) {
        self.changed.fetch_add(more, Ordering::Relaxed);
    }

    /// One was left as it is. `detail` stands behind its path.
    pub fn left(&self, reason: Reason, path: &Path, detail: impl Display) {
        let Ok(mut lists) = self.left.lock() else { return };
        let found = lists.of(reason);
        found.count += 1;
        if found.first.len() < NAMED {
            found.first.push(format!("{} ({detail})", shown(path)));
        }
    }

    /// What was counted so far.
    pub fn sum(&self, state: Walk) -> Ownership {
        let left = self.left.lock();
        let mut sum = Ownership {
            state,
            seconds: self.since.elapsed().as_secs_f64(),
            looked_at: self.looked_at.load(Ordering::Relaxed),
            changed: self.changed.load(Ordering::Relaxed),
            ..Ownership::default()
        };
        if let Ok(left) = left {
            sum.foreign = left.foreign.clone();
            sum.hard_links = left.hard_links.clone();
            sum.devices = left.devices.clone();
            sum.mounts = left.mounts.clone();
            sum.failed = left.failed.clone();
        }
        sum
    }
}

impl Lists {
    fn of(&mut self, reason: Reason) -> &mut Found {
        match reason {
            Reason::Foreign => &mut self.foreign,
            Reason::HardLink => &mut self.hard_links,
            Reason::Device => &mut self.devices,
            Reason::Mount => &mut self.mounts,
            Reason::Failed => &mut self.failed,
        }
    }
}

/// A path for a log line: what a terminal would act on is escaped, and the middle of a long one
/// left out.
fn shown(path: &Path) -> String {
    let text: Vec<char> = path.to_string_lossy().escape_debug().collect();
    match text.len() > LONGEST {
        false => text.into_iter().collect(),
        true => {
            let (start, _) = text.split_at(LONGEST / 2);
            let (_, end) = text.split_at(text.len() - LONGEST / 2 + 1);
            start.iter().chain(&['…']).chain(end).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_few_are_named_and_all_are_counted() {
        let tally = Tally::begin();
        for n in 0..10 {
            tally.left(Reason::Foreign, Path::new(&format!("/h/{n}")), "of 7:7");
        }
        let sum = tally.sum(Walk::Done);
        assert_eq!(sum.foreign.count, 10);
        assert_eq!(sum.foreign.first, ["/h/0 (of 7:7)", "/h/1 (of 7:7)", "/h/2 (of 7:7)"]);
        assert_eq!(sum.hard_links, Found::default());
    }

    #[test]
    fn a_path_is_shown_safely_and_shortly() {
        assert_eq!(shown(Path::new("/h/new\nline")), r"/h/new\nline");
        let long = format!("/start/{}/end", "x".repeat(5000));
        let shown = shown(Path::new(&long));
        assert_eq!(shown.chars().count(), LONGEST);
        assert!(shown.starts_with("/start/") && shown.ends_with("/end"), "{shown}");
    }

    #[test]
    fn a_full_tally_still_is_one_write_to_a_pipe() {
        let tally = Tally::begin();
        let long = "\u{1}".repeat(5000);
        for reason in
            [Reason::Foreign, Reason::HardLink, Reason::Device, Reason::Mount, Reason::Failed]
        {
            for _ in 0..5 {
                tally.left(reason, Path::new(&long), "a detail of some length, as errors are");
            }
        }
        let line = serde_json::to_string(&tally.sum(Walk::Running)).unwrap();
        assert!(line.len() < 4096, "{}", line.len());
    }
}
