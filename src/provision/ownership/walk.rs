//! The walk itself.
//!
//! It follows no link, leaves the mount that a tree is on for nothing, and changes only what is
//! wrong: a tree that is right is only read. It has to be safe against a user who is at work in
//! the tree, and may have prepared it. What a name stands for can change between two system calls
//! wherever the user may write; there an entry is opened first, looked at and given by the same
//! descriptor. In a directory that only root may change, the name will do.

use std::ffi::{CStr, CString};
use std::io;
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::directory::{Directory, User};
use super::entry::Visited;
use super::judgement::{Rules, Verdict};
use super::links::Links;
use super::queue::Queue;
use super::tally::{Reason, Tally};
use crate::sys::dirfd::Dir;
use crate::sys::limits;
use crate::sys::listing::{Batch, Name};

/// How many names of one directory a thread takes at a time: a large directory is shared.
const SHARE: usize = 1024;
/// Giving a file away waits for the disk, above all where overlayfs copies it first: more threads
/// than processors wait at the same time.
const THREADS_FOR_EACH_PROCESSOR: usize = 4;
const MOST_THREADS: usize = 16;

/// What all threads of a walk share.
#[derive(Debug)]
pub struct Walk<'a> {
    pub(super) rules: &'a Rules,
    pub(super) user: User,
    /// What it has seen and done.
    pub(super) tally: &'a Tally,
    /// Whether services run by now, which are to go first.
    is_background: &'a AtomicBool,
    /// Names in a tree's top that are walked first.
    first: Vec<CString>,
    pub(super) links: Links,
}

/// Something to be done.
#[derive(Debug)]
enum Task {
    /// Open a directory by its name in another, and read it.
    Enter(Arc<Directory>, CString),
    /// Look at some of the entries of a directory.
    Look(Arc<Directory>, Arc<Batch>, usize, usize),
}

/// Walks the trees. The directories that lie in the first tree are walked before the rest of it;
/// one that is a mount there is walked as a tree of its own.
///
/// # Errors
/// The first tree can't be read.
pub fn walk(
    paths: &[PathBuf],
    rules: &Rules,
    tally: &Tally,
    is_background: &AtomicBool,
) -> io::Result<()> {
    let Some((home, others)) = paths.split_first() else { return Ok(()) };
    let first = others.iter().filter(|path| path.parent() == Some(home));
    let user = User { uid: rules.uid, gid: rules.gid };
    let walk = Walk {
        rules,
        user,
        tally,
        is_background,
        first: first.filter_map(|path| CString::new(path.file_name()?.as_bytes()).ok()).collect(),
        links: Links::default(),
    };
    let top = Directory::top(in_c(home)?, user)?;
    let apart = others.iter().filter(|path| !path.starts_with(home) || is_mount_point(path));
    // One that is missing, or a link of the user's, is no tree.
    let apart = apart.filter_map(|path| Directory::top(in_c(path).ok()?, user).ok());
    walk.run(apart.chain([top]).collect());
    Ok(())
}

fn in_c(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

fn is_mount_point(path: &Path) -> bool {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return false };
    let (Ok(parent), Ok(name)) = (Dir::open(parent), CString::new(name.as_bytes())) else {
        return false;
    };
    parent.entry_on_same_mount(&name).is_err_and(|error| is_mount(&error))
}

fn is_mount(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EXDEV)
}

fn threads() -> usize {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    (processors * THREADS_FOR_EACH_PROCESSOR).min(MOST_THREADS)
}

impl Walk<'_> {
    fn run(self, tops: Vec<Directory>) {
        let threads = threads();
        let queue = Queue::new(threads, Vec::new());
        for top in tops {
            self.begin(&queue, top);
        }
        thread::scope(|scope| {
            for _ in 1..threads {
                // With fewer threads it only takes longer.
                let more = thread::Builder::new().spawn_scoped(scope, || self.work(&queue));
                if more.is_err() {
                    queue.leave();
                }
            }
            self.work(&queue);
        });
        self.give_linked();
    }

    fn work(&self, queue: &Queue<Task>) {
        let mut goes_first = true;
        while let Some(task) = queue.next() {
            if goes_first && self.is_background.load(Ordering::Relaxed) {
                // It is a courtesy, and may be refused.
                let _ = limits::let_others_go_first();
                goes_first = false;
            }
            match task {
                Task::Enter(parent, name) => self.enter(queue, &parent, &name),
                Task::Look(directory, batch, from, to) => {
                    self.look(queue, &directory, batch.names(from, to));
                    self.done_with_one(&directory);
                }
            }
        }
    }

    fn enter(&self, queue: &Queue<Task>, parent: &Arc<Directory>, name: &CStr) {
        match parent.enter(name, self.user) {
            Ok(directory) => self.begin(queue, directory),
            Err(error) => {
                self.refused(parent, name, &error);
                self.done_with_one(parent);
            }
        }
    }

    /// Begins with a directory that has just been opened.
    fn begin(&self, queue: &Queue<Task>, mut directory: Directory) {
        self.tally.looked_at(1);
        let verdict = self.rules.judge(&directory.meta);
        directory.is_to_take = verdict == Verdict::Take;
        let directory = Arc::new(directory);
        match verdict {
            Verdict::Foreign => {
                let meta = &directory.meta;
                let detail = format!("{}:{}, with all in it", meta.uid, meta.gid);
                self.tally.left(Reason::Foreign, &directory.path(), detail);
            }
            _ => {
                if let Err(error) = self.read(queue, &directory) {
                    self.tally.left(Reason::Failed, &directory.path(), error);
                }
            }
        }
        self.done_with_one(&directory);
    }

    fn read(&self, queue: &Queue<Task>, directory: &Arc<Directory>) -> io::Result<()> {
        loop {
            let batch = Batch::read(&directory.dir)?;
            match batch.len() {
                0 => return Ok(()),
                few if few <= SHARE => self.look(queue, directory, batch.names(0, few)),
                many => {
                    let batch = Arc::new(batch);
                    let share = |from| {
                        Task::Look(directory.clone(), batch.clone(), from, many.min(from + SHARE))
                    };
                    let shares: Vec<_> = (0..many).step_by(SHARE).map(share).collect();
                    directory.expect(shares.len());
                    queue.add(shares);
                }
            }
        }
    }

    /// Looks at entries; what is a directory is left to be entered.
    fn look<'n>(
        &self,
        queue: &Queue<Task>,
        directory: &Arc<Directory>,
        names: impl Iterator<Item = Name<'n>>,
    ) {
        let _rights = match directory.rights(self.user) {
            Ok(rights) => rights,
            Err(error) => return self.tally.left(Reason::Failed, &directory.path(), error),
        };
        let mut inner = Vec::new();
        let (mut seen, mut changed) = (0, 0);
        for Name { name, is_directory } in names {
            if is_directory {
                inner.push(name);
                continue;
            }
            match self.visit(directory, name) {
                Ok(Visited::Directory) => {
                    inner.push(name);
                    continue;
                }
                Ok(Visited::Taken) => changed += 1,
                Ok(Visited::Left) => {}
                Ok(Visited::Gone) => continue,
                Err(error) => self.refused(directory, name, &error),
            }
            seen += 1;
        }
        self.tally.looked_at(seen);
        self.tally.changed(changed);
        if directory.parent.is_none() {
            inner.sort_by_key(|name| self.first.iter().any(|first| first.as_c_str() == *name));
        }
        directory.expect(inner.len());
        queue.add(inner.into_iter().map(|n| Task::Enter(directory.clone(), n.into())).collect());
    }

    /// Something in a directory is done; with the last of it, the directory itself, and so on up.
    fn done_with_one(&self, directory: &Arc<Directory>) {
        let mut at = Some(directory);
        while let Some(directory) = at.filter(|directory| directory.is_finished_by_one()) {
            if directory.is_to_take {
                match directory.dir.give_to(self.rules.uid, self.rules.gid) {
                    Ok(()) => self.tally.changed(1),
                    Err(error) => self.tally.left(Reason::Failed, &directory.path(), error),
                }
            }
            at = directory.parent.as_ref();
        }
    }
}
