//! What takes long, on a thread of its own: the disk, and making things smaller.
//!
//! The event loop never waits for that thread. It leaves [`Job`]s and collects what was [`Done`]
//! when it passes by, and if the lock is taken then it does so the next time: the thread may have
//! been interrupted while it held it, and wait for its turn behind everybody else on the machine.
//! The thread ends when there is nothing left to do.
//!
//! What makes things smaller waits until nobody has passed by for a while, and begins anew if
//! somebody does. Even with the last place in the scheduler's queue it takes memory bandwidth and a
//! core's other half from somebody whose workbench is just opening.

mod jobs;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use super::form::Form;
use super::key::Key;
use super::pool::Pool;
use super::shelf::Shelf;
use crate::gateway::encoding::Coding;
use crate::sys::memory;

/// Something to do.
#[derive(Debug)]
pub enum Job {
    /// Look at what the image brings along.
    OpenImage(PathBuf),
    /// Open the directory and prove what is in it.
    Open(PathBuf),
    /// Write this form to the disk; a smaller one in this coding is wanted.
    Keep(Key, Arc<Form>, Coding),
    /// Make a smaller form of this one in this coding. Everything else goes first.
    Shrink(Key, Arc<Form>, Coding),
    /// Prove the file that has this name now.
    Load(String),
    /// Remove the file of this name.
    Remove(String),
    /// Note that the file of this name is in use.
    Touch(String),
}

impl Job {
    /// Whether it takes seconds, not milliseconds.
    fn takes_long(&self) -> bool {
        matches!(self, Job::Shrink(..))
    }
}

/// Something that was done.
#[derive(Debug)]
pub enum Done {
    /// There is this form of an asset.
    Made(Key, Arc<Form>),
    /// The file of this name is gone.
    Gone(String),
}

/// Where work is left and collected.
#[derive(Debug)]
pub struct Desk {
    room: Arc<Room>,
    pool: Pool,
    limit: u64,
}

/// What the event loop and the thread share.
#[derive(Debug)]
struct Room {
    shared: Mutex<Shared>,
    /// Rung when something was left.
    bell: Condvar,
    /// See [`REST`].
    rest: Duration,
    opened: Instant,
    /// When somebody passed by last. Milliseconds since it was opened.
    visited: AtomicU64,
}

#[derive(Debug, Default)]
struct Shared {
    todo: VecDeque<Job>,
    done: Vec<Done>,
    shelf: Option<Arc<Shelf>>,
    /// Whether there is a thread that will look at `todo` again.
    is_manned: bool,
}

/// How often the lock is tried: its holder has it for some instructions.
const TRIES: u32 = 50;
/// brotli has large frames where it is not optimised. What is not used costs nothing.
const STACK: usize = 2 << 20;
/// How long nobody is to pass by before things are made smaller: longer than the pauses of a
/// workbench that opens. Tests have to end.
const REST: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_secs(8) };

impl Desk {
    /// Made forms that are in no file take their memory from `pool`; files are `limit` bytes
    /// together at most.
    pub fn new(pool: Pool, limit: u64) -> Desk {
        Desk { room: Arc::new(Room::new(REST)), pool, limit }
    }

    /// Leaves `jobs`, which are taken in this order, and collects what was done. What could not be
    /// left stays in `jobs`.
    pub fn pass_by(&self, jobs: &mut Vec<Job>) -> Vec<Done> {
        self.room.note_visit();
        let Some(mut shared) = (0..TRIES).find_map(|_| try_lock(&self.room.shared)) else {
            return Vec::new();
        };
        if !jobs.is_empty() {
            shared.todo.extend(jobs.drain(..));
            self.room.bell.notify_one();
        }
        if !shared.todo.is_empty() && !shared.is_manned {
            shared.is_manned = self.start();
        }
        std::mem::take(&mut shared.done)
    }

    /// Whether everything that was left is done and collected.
    #[cfg(test)]
    pub fn is_clear(&self) -> bool {
        let shared = lock(&self.room.shared);
        !shared.is_manned && shared.todo.is_empty() && shared.done.is_empty()
    }

    /// Starts the thread. Where that fails, it is tried again with the next job.
    fn start(&self) -> bool {
        let (room, pool, limit) = (Arc::clone(&self.room), self.pool.clone(), self.limit);
        let thread = thread::Builder::new().name("assets".to_owned()).stack_size(STACK);
        thread.spawn(move || work(&room, &pool, limit)).is_ok()
    }
}

fn work(room: &Room, pool: &Pool, limit: u64) {
    let mut worker = jobs::Worker::new(room, pool, limit);
    while let Some(job) = room.next() {
        let follow = worker.run(job);
        lock(&room.shared).todo.extend(follow);
    }
    if worker.has_used_much() {
        memory::give_back();
    }
}

impl Room {
    fn new(rest: Duration) -> Room {
        Room {
            rest,
            shared: Mutex::default(),
            bell: Condvar::new(),
            opened: Instant::now(),
            visited: AtomicU64::new(0),
        }
    }

    /// What is to be done next, which may take a while to come; none where the thread is to end.
    fn next(&self) -> Option<Job> {
        let mut shared = lock(&self.shared);
        let job = loop {
            match shared.take(self.rest_left()) {
                Ok(job) => break job,
                Err(left) => {
                    let waited = self.bell.wait_timeout(shared, left);
                    shared = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        };
        shared.is_manned = job.is_some();
        job
    }

    fn tell(&self, done: Done) {
        lock(&self.shared).done.push(done);
    }

    /// Where files are kept, if anywhere.
    fn shelf(&self) -> Option<Arc<Shelf>> {
        lock(&self.shared).shelf.clone()
    }

    fn set_shelf(&self, shelf: Shelf) -> Arc<Shelf> {
        let shelf = Arc::new(shelf);
        lock(&self.shared).shelf = Some(Arc::clone(&shelf));
        shelf
    }

    fn note_visit(&self) {
        let now = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.visited.store(now, Ordering::Relaxed);
    }

    /// How long it has to be quiet yet. None: it was for long enough.
    fn rest_left(&self) -> Option<Duration> {
        let visited = Duration::from_millis(self.visited.load(Ordering::Relaxed));
        let end = visited.saturating_add(self.rest);
        end.checked_sub(self.opened.elapsed()).filter(|left| !left.is_zero())
    }
}

impl Shared {
    /// The next job, if any; or how long to wait, where it takes long and there is some rest left.
    fn take(&mut self, rest_left: Option<Duration>) -> Result<Option<Job>, Duration> {
        let quick = self.todo.iter().position(|job| !job.takes_long());
        match (quick, rest_left) {
            (None, Some(left)) if !self.todo.is_empty() => Err(left),
            _ => Ok(self.todo.remove(quick.unwrap_or(0))),
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_lock(shared: &Mutex<Shared>) -> Option<MutexGuard<'_, Shared>> {
    match shared.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => {
            std::hint::spin_loop();
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::assets::identity::Digest;
    use crate::gateway::assets::pool::Scratch;
    use crate::gateway::encoding::{Effort, Encoder};

    const HOUR: Duration = Duration::from_secs(3600);

    /// What gets smaller by some effort, and takes many pieces to read.
    fn shrink(pool: &Pool) -> Job {
        let text: Vec<u8> = (0..60_000u32).flat_map(|n| (n / 7).to_string().into_bytes()).collect();
        let (mut digest, mut out) = (Digest::default(), Vec::new());
        digest.update(&text);
        let mut encoder = Encoder::with(Coding::Gzip, Effort::Asset, None);
        encoder.write(&text, &mut out).unwrap();
        encoder.finish(&mut out).unwrap();
        let mut scratch = Scratch::new(pool).unwrap();
        scratch.add(&out).unwrap();
        let form = Arc::new(scratch.finish(Coding::Gzip, digest.finish(), true));
        Job::Shrink(Key::new(b"x"), form, Coding::Zstd)
    }

    #[test]
    fn what_takes_long_waits_for_quiet_and_lets_the_rest_go_first() {
        let (room, pool, mut shared) = (Room::new(HOUR), Pool::new(1 << 20), Shared::default());
        shared.todo = [shrink(&pool), Job::Touch("x".to_owned())].into();
        assert!(matches!(shared.take(Some(HOUR)), Ok(Some(Job::Touch(_)))));
        assert!(matches!(shared.take(Some(HOUR)), Err(HOUR)));
        assert!(matches!(shared.take(None), Ok(Some(Job::Shrink(..)))));
        assert!(matches!(shared.take(Some(HOUR)), Ok(None)));
        room.note_visit();
        assert!(room.rest_left().is_some());
        assert_eq!(Room::new(Duration::ZERO).rest_left(), None);
    }

    #[test]
    fn what_is_interrupted_is_to_be_done_again() {
        for (rest, expected) in [(HOUR, (1, 0)), (Duration::ZERO, (0, 1))] {
            let (room, pool) = (Room::new(rest), Pool::new(1 << 20));
            let left = jobs::Worker::new(&room, &pool, 1 << 20).run(shrink(&pool));
            assert_eq!((left.len(), lock(&room.shared).done.len()), expected);
        }
    }
}
