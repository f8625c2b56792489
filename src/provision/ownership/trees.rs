//! Which trees are walked, in which order, and by how many threads.
//!
//! First what services need, so that they can start; then the rest of the home.

use std::ffi::CString;
use std::io;
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::thread;

use super::directory::{Directory, User};
use super::judgement::Rules;
use super::queue::Queue;
use super::tally::Tally;
use super::walk::{Apart, Walk};
use crate::control::ownership::State;
use crate::sys::dirfd::{Dir, Lock};

/// Giving a file away waits for the disk, above all where overlayfs copies it first: more threads
/// than processors wait at the same time.
const THREADS_FOR_EACH_PROCESSOR: usize = 4;
const MOST_THREADS: usize = 16;

/// The trees, by their tops.
#[derive(Debug)]
pub struct Trees<'a> {
    /// The home.
    pub home: &'a Path,
    /// What services need with all that is in it.
    pub needed: &'a [PathBuf],
    /// What else is given to the user. In the home, it is a tree of its own only where something
    /// is mounted.
    pub others: &'a [PathBuf],
}

/// Walks what services need, then the rest; `tally` is told when it gets there.
///
/// # Errors
/// The home can't be read.
pub fn walk(
    trees: &Trees<'_>,
    rules: &Rules,
    tally: &Tally,
    is_background: &AtomicBool,
) -> io::Result<()> {
    let user = User { uid: rules.uid, gid: rules.gid };
    // What is missing, or a link of the user's, is no tree.
    let open = |path: &Path| Directory::top(CString::new(path.as_os_str().as_bytes())?, user);
    let opened = |paths: &[&Path]| paths.iter().filter_map(|path| open(path).ok()).collect();
    let home = open(trees.home)?;
    // Without a lock, since a start can't wait for one: nothing is named there, all is pinned.
    let needed: Vec<&Path> = trees.needed.iter().map(PathBuf::as_path).collect();
    run(&Walk::new(rules, tally, is_background, false, Apart::default()), opened(&needed));
    let apart = trees.others.iter().map(PathBuf::as_path).filter(|path| is_apart(path, trees));
    let mut rest: Vec<&Path> = {
        let _rights = home.rights(user)?;
        apart.collect()
    };
    let names = needed.iter().chain(&rest).filter_map(|path| name_in(path, trees.home)).collect();
    let done = Apart { of: Some(home.meta.identity()), names };
    rest.push(trees.home);
    let locks = lock(opened(&rest), tally);
    tally.enter(State::Running);
    // Opened anew: whoever had the lock before may have given them away.
    run(&Walk::new(rules, tally, is_background, locks.is_ok(), done), opened(&rest));
    Ok(())
}

/// Keeps a second walk of the same trees away, in another container with the same volume: it would
/// give directories to the user whose names this one still relies on. All take their locks in the
/// same order, so that two never wait for each other.
fn lock(mut tops: Vec<Directory>, tally: &Tally) -> io::Result<Vec<Lock>> {
    tops.sort_by_key(|top| top.meta.identity());
    tops.dedup_by_key(|top| top.meta.identity());
    let lock = |top: &Directory| match top.dir.try_lock() {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            tally.enter(State::Waiting);
            top.dir.lock()
        }
        lock => lock,
    };
    tops.iter().map(lock).collect()
}

/// Whether a tree is none that another walk comes through.
fn is_apart(path: &Path, trees: &Trees<'_>) -> bool {
    let is_done = trees.needed.iter().any(|needed| needed == path);
    !is_done && (!path.starts_with(trees.home) || is_mount_point(path))
}

fn is_mount_point(path: &Path) -> bool {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return false };
    let (Ok(parent), Ok(name)) = (Dir::open(parent), CString::new(name.as_bytes())) else {
        return false;
    };
    let entry = parent.entry_on_same_mount(&name);
    entry.is_err_and(|error| error.raw_os_error() == Some(libc::EXDEV))
}

/// The name of what lies directly in the home.
fn name_in(path: &Path, home: &Path) -> Option<CString> {
    let name = path.file_name().filter(|_| path.parent() == Some(home))?;
    CString::new(name.as_bytes()).ok()
}

fn run(walk: &Walk<'_>, tops: Vec<Directory>) {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = (processors * THREADS_FOR_EACH_PROCESSOR).min(MOST_THREADS);
    let queue = Queue::new(threads);
    for top in tops {
        walk.begin(&queue, top);
    }
    thread::scope(|scope| {
        // Nothing to be shared is nothing to wake anybody for.
        let helpers = if queue.is_empty() { 0 } else { threads - 1 };
        (helpers..threads - 1).for_each(|_| queue.leave());
        for _ in 0..helpers {
            // With fewer threads it only takes longer.
            let more = thread::Builder::new().spawn_scoped(scope, || walk.work(&queue));
            if more.is_err() {
                queue.leave();
            }
        }
        walk.work(&queue);
    });
    walk.finish();
}
