//! What the walk has seen and done, counted by all its threads.

use std::fmt::Display;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::control::ownership::{Ownership, State};

/// How many entries of a kind are named.
const NAMED: usize = 3;
/// How long such a name may be, in bytes of JSON, so that the line with all of them is written at
/// once (pipe(7), `PIPE_BUF`).
const LONGEST: usize = 150;

/// The counters.
#[derive(Debug)]
pub struct Tally {
    since: Instant,
    looked_at: AtomicU64,
    changed: AtomicU64,
    missed: AtomicU64,
    /// All that is not counted above.
    known: Mutex<Ownership>,
    news: Sender<()>,
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
    /// Begins to count, and to take the time. `news` is told when the walk enters another state.
    pub fn begin(news: Sender<()>) -> Self {
        Tally {
            since: Instant::now(),
            looked_at: AtomicU64::new(0),
            changed: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            known: Mutex::default(),
            news,
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

    /// One was not what it was a moment before.
    pub fn missed(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
    }

    /// One was left as it is. `detail` stands behind its path.
    pub fn left(&self, reason: Reason, path: &Path, detail: impl Display) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match reason {
            Reason::Foreign => &mut known.foreign,
            Reason::HardLink => &mut known.hard_links,
            Reason::Device => &mut known.devices,
            Reason::Mount => &mut known.mounts,
            Reason::Failed => &mut known.failed,
        };
        found.count += 1;
        if found.first.len() < NAMED {
            found.first.push(format!("{} ({detail})", shown(path)));
        }
    }

    /// Enters another state.
    pub fn enter(&self, state: State) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).state = state;
        // Nobody may be listening any more.
        let _ = self.news.send(());
    }

    /// What was counted so far.
    pub fn sum(&self) -> Ownership {
        Ownership {
            seconds: self.since.elapsed().as_secs_f64(),
            looked_at: self.looked_at.load(Ordering::Relaxed),
            changed: self.changed.load(Ordering::Relaxed),
            ..self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }
    }

    /// Whether everything that was to be given was found and given. Behind the back of a walk that
    /// was not alone, the user can move something from where it has not been yet to where it has.
    pub fn is_complete(&self, was_alone: bool) -> bool {
        let sum = self.sum();
        let left = sum.failed.count + sum.hard_links.count + self.missed.load(Ordering::Relaxed);
        left == 0 && (was_alone || sum.changed == 0)
    }
}

/// A path for a log line: what a terminal would act on is escaped, and the middle of a long one
/// left out.
fn shown(path: &Path) -> String {
    let text: Vec<char> = path.to_string_lossy().escape_debug().collect();
    if text.iter().map(bytes_in_json).sum::<usize>() <= LONGEST {
        return text.into_iter().collect();
    }
    let start = fitting(text.iter());
    let end = fitting(text.iter().rev());
    let end = text.iter().skip(text.len() - end);
    text.iter().take(start).chain(&['…']).chain(end).collect()
}

/// How many characters fit into half of the room, the sign for what is left out not counted.
fn fitting<'a>(text: impl Iterator<Item = &'a char>) -> usize {
    let mut room = LONGEST / 2 - '…'.len_utf8();
    text.take_while(|char| {
        let is_room = bytes_in_json(char) <= room;
        room = room.saturating_sub(bytes_in_json(char));
        is_room
    })
    .count()
}

fn bytes_in_json(char: &char) -> usize {
    char.len_utf8() + usize::from(matches!(char, '"' | '\\'))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::control::ownership::Found;

    #[test]
    fn the_first_few_are_named_and_all_are_counted() {
        let tally = Tally::begin(channel().0);
        for n in 0..10 {
            tally.left(Reason::Foreign, Path::new(&format!("/h/{n}")), "of 7:7");
        }
        let sum = tally.sum();
        assert_eq!(sum.foreign.count, 10);
        assert_eq!(sum.foreign.first, ["/h/0 (of 7:7)", "/h/1 (of 7:7)", "/h/2 (of 7:7)"]);
        assert_eq!(sum.hard_links, Found::default());
    }

    #[test]
    fn a_path_is_shown_safely_and_shortly() {
        assert_eq!(shown(Path::new("/h/new\nline")), r"/h/new\nline");
        let long = format!("/start/{}/end", "x".repeat(5000));
        let shown = shown(Path::new(&long));
        assert!(shown.len() <= LONGEST && shown.len() > LONGEST - 10, "{shown}");
        assert!(shown.starts_with("/start/") && shown.ends_with("/end"), "{shown}");
    }

    #[test]
    fn a_full_tally_still_is_one_write_to_a_pipe() {
        for letter in ["x", "\u{1}", "字", "\"", "\\", "🦀", "\u{301}"] {
            let tally = Tally::begin(channel().0);
            let long = letter.repeat(5000);
            for reason in
                [Reason::Foreign, Reason::HardLink, Reason::Device, Reason::Mount, Reason::Failed]
            {
                for _ in 0..5 {
                    tally.left(reason, Path::new(&long), "a detail of some length, as errors are");
                }
            }
            let line = serde_json::to_string(&tally.sum()).unwrap();
            assert!(line.len() < 4096, "{letter}: {}", line.len());
        }
    }
}
