//! What takes long, on a thread of its own: the disk, and making things smaller.
//!
//! The event loop never waits for that thread. It leaves [`Job`]s and collects what was [`Done`]
//! when it passes by, and if the lock is taken then it does so the next time: the thread may have
//! been interrupted while it held it, and wait for its turn behind everybody else on the machine.
//! The thread ends when there is nothing left to do.
//!
//! What makes things smaller begins when nothing else was left for a while. Even with the last
//! place in the scheduler's queue it takes memory bandwidth and a core's other half from somebody
//! whose workbench is just opening.

mod jobs;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use super::form::Form;
use super::key::Key;
use super::pool::Pool;
use super::shelf::Shelf;
use crate::gateway::encoding::Coding;
use crate::sys::memory;

/// Something to do.
#[derive(Debug)]
pub enum Job {
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
    /// Files can be read from here.
    Opened(Arc<Shelf>),
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

#[derive(Debug, Default)]
struct Room {
    shared: Mutex<Shared>,
    /// Rung when something was left.
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Shared {
    todo: VecDeque<Job>,
    done: Vec<Done>,
    shelf: Option<Arc<Shelf>>,
    /// Whether there is a thread that will look at `todo` again.
    is_manned: bool,
    /// Whether nothing was left for a while.
    has_rested: bool,
}

/// How often the lock is tried: its holder has it for some instructions.
const TRIES: u32 = 50;
/// brotli has large frames where it is not optimised. What is not used costs nothing.
const STACK: usize = 2 << 20;
/// How long nothing is to be left before things are made smaller: longer than a workbench takes to
/// open. Tests have to end.
const REST: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_secs(8) };

impl Desk {
    /// Made forms that are in no file take their memory from `pool`; files are `limit` bytes
    /// together at most.
    pub fn new(pool: Pool, limit: u64) -> Desk {
        Desk { room: Arc::default(), pool, limit }
    }

    /// Leaves `jobs`, which are taken in this order, and collects what was done. What could not be
    /// left stays in `jobs`.
    pub fn pass_by(&self, jobs: &mut Vec<Job>) -> Vec<Done> {
        let Some(mut shared) = (0..TRIES).find_map(|_| try_lock(&self.room.shared)) else {
            return Vec::new();
        };
        if !jobs.is_empty() {
            shared.todo.extend(jobs.drain(..));
            shared.has_rested = false;
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
    let mut worker = jobs::Worker::new(pool, limit);
    while let Some((job, shelf)) = next(room) {
        let tell = |done| {
            let mut shared = lock(&room.shared);
            if let Done::Opened(shelf) = &done {
                shared.shelf = Some(Arc::clone(shelf));
            }
            shared.done.push(done);
        };
        let follow = worker.run(job, shelf.as_deref(), tell);
        lock(&room.shared).todo.extend(follow);
    }
    if worker.has_used_much() {
        memory::give_back();
    }
}

fn next(room: &Room) -> Option<(Job, Option<Arc<Shelf>>)> {
    let mut shared = lock(&room.shared);
    while !shared.has_rested && shared.has_only_long_jobs() {
        let (guard, waited) =
            room.bell.wait_timeout(shared, REST).unwrap_or_else(PoisonError::into_inner);
        shared = guard;
        shared.has_rested = waited.timed_out();
    }
    let job = shared.take_first();
    shared.is_manned = job.is_some();
    job.map(|job| (job, shared.shelf.clone()))
}

impl Shared {
    fn has_only_long_jobs(&self) -> bool {
        !self.todo.is_empty() && self.todo.iter().all(Job::takes_long)
    }

    fn take_first(&mut self) -> Option<Job> {
        let first = self.todo.iter().position(|job| !job.takes_long()).unwrap_or(0);
        self.todo.remove(first)
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
