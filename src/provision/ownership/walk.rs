//! The walk itself.
//!
//! It follows no link, leaves the mount that a tree is on for nothing, and changes only what is
//! wrong: a tree that is right is only read. It has to be safe against a user who is at work in
//! the tree, and may have prepared it. What a name stands for can change between two system calls
//! wherever the user may write; there an entry is opened first, looked at and given by the same
//! descriptor. In a directory that only root may change, the name will do.

use std::collections::HashSet;
use std::ffi::{CStr, CString};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::directory::Directory;
use super::entry::{Entries, Visited};
use super::judgement::{Rules, Verdict};
use super::queue::Queue;
use super::tally::{Reason, Tally};
use crate::sys::dirfd::Identity;
use crate::sys::limits;
use crate::sys::listing::{Batch, Name};

/// How many names of one directory a thread takes at a time: a large directory is shared.
const SHARE: usize = 1024;

/// What all threads of a walk share.
#[derive(Debug)]
pub struct Walk<'a> {
    entries: Entries<'a>,
    /// Whether services run by now, which are to go first.
    is_background: &'a AtomicBool,
    /// Whether no other walk gives away directories whose names this one relies on.
    is_alone: bool,
    /// Names in the home that are walked as trees of their own.
    apart: Apart,
    /// The sealed directories that were come to.
    sealed: Mutex<HashSet<Identity>>,
}

/// Names that are walked as trees of their own.
#[derive(Debug, Default)]
pub struct Apart {
    /// The directory that they are in.
    pub of: Option<Identity>,
    /// Which ones.
    pub names: Vec<CString>,
}

/// Something to be done.
#[derive(Debug)]
pub enum Task {
    /// Open a directory by its name in another, and read it.
    Enter(Arc<Directory>, CString),
    /// Read more of the names in a directory.
    Read(Arc<Directory>),
    /// Look at some of the entries of a directory.
    Look(Arc<Directory>, Arc<Batch>, usize, usize),
}

impl<'a> Walk<'a> {
    /// Puts it together.
    pub fn new(
        rules: &'a Rules,
        tally: &'a Tally,
        is_background: &'a AtomicBool,
        is_alone: bool,
        apart: Apart,
    ) -> Self {
        let (entries, sealed) = (Entries::new(rules, tally), Mutex::default());
        Walk { entries, is_background, is_alone, apart, sealed }
    }

    /// After the walk: gives the files whose names are all in the tree.
    pub fn finish(&self) {
        self.entries.give_linked();
    }

    /// Walks what is in the queue until nothing is left; for each of several threads.
    pub fn work(&self, queue: &Queue<Task>) {
        let mut goes_first = true;
        while let Some(task) = queue.next() {
            if goes_first && self.is_background.load(Ordering::Relaxed) {
                // It is a courtesy, and may be refused.
                let _ = limits::let_others_go_first();
                goes_first = false;
            }
            match task {
                Task::Enter(parent, name) => self.enter(queue, &parent, &name),
                Task::Read(directory) => {
                    self.read(queue, &directory);
                    self.done_with_one(&directory);
                }
                Task::Look(directory, batch, from, to) => {
                    self.look(queue, &directory, batch.names(from, to));
                    self.done_with_one(&directory);
                }
            }
        }
    }

    fn enter(&self, queue: &Queue<Task>, parent: &Arc<Directory>, name: &CStr) {
        match parent.enter(name, self.entries.user) {
            Ok(directory) => self.begin(queue, directory),
            Err(error) => {
                self.entries.refused(parent, name, &error);
                self.done_with_one(parent);
            }
        }
    }

    /// Begins with a directory that has just been opened.
    pub fn begin(&self, queue: &Queue<Task>, mut directory: Directory) {
        self.entries.tally.looked_at(1);
        let verdict = self.entries.rules.judge(&directory.meta);
        directory.is_to_take = verdict == Verdict::Take;
        directory.is_sealed &= self.is_alone;
        if directory.is_sealed && !self.is_first_in(&directory) {
            (directory.is_sealed, directory.is_to_take) = (false, false);
        }
        let directory = Arc::new(directory);
        match verdict {
            Verdict::Foreign => {
                let meta = &directory.meta;
                let detail = format!("{}:{}, with all in it", meta.uid, meta.gid);
                self.entries.tally.left(Reason::Foreign, &directory.path(), detail);
            }
            _ => self.read(queue, &directory),
        }
        self.done_with_one(&directory);
    }

    /// Whether nobody has come to a sealed directory before. By two ways, since the user has
    /// renamed it meanwhile or it is mounted twice, one would give it to the user while the other
    /// still relies on its names: so the second neither does the one nor the other.
    fn is_first_in(&self, directory: &Directory) -> bool {
        let mut sealed = self.sealed.lock().unwrap_or_else(PoisonError::into_inner);
        sealed.insert(directory.meta.identity())
    }

    /// Reads names; few are looked at at once, many are shared before the next are read.
    fn read(&self, queue: &Queue<Task>, directory: &Arc<Directory>) {
        loop {
            let batch = match Batch::read(&directory.dir) {
                Ok(batch) if batch.len() > SHARE => return share(queue, directory, batch),
                Ok(batch) => batch,
                Err(error) => {
                    return self.entries.tally.left(Reason::Failed, &directory.path(), error);
                }
            };
            self.look(queue, directory, batch.names(0, batch.len()));
            if batch.is_last() {
                return;
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
        let _rights = match directory.rights(self.entries.user) {
            Ok(rights) => rights,
            Err(error) => return self.entries.tally.left(Reason::Failed, &directory.path(), error),
        };
        let mut inner = Vec::new();
        let (mut seen, mut taken) = (0, 0);
        for Name { name, is_directory } in names.filter(|name| !self.is_apart(directory, name)) {
            let visited = match is_directory {
                true => Ok(Visited::Directory),
                false => self.entries.visit(directory, name),
            };
            seen += u64::from(!matches!(visited, Ok(Visited::Directory)));
            match visited {
                Ok(Visited::Directory) => inner.push(Task::Enter(directory.clone(), name.into())),
                Ok(Visited::Taken) => taken += 1,
                Ok(Visited::Left) => {}
                Err(error) => self.entries.refused(directory, name, &error),
            }
        }
        self.entries.tally.looked_at(seen);
        self.entries.tally.changed(taken);
        directory.expect(inner.len());
        queue.add(inner);
    }

    fn is_apart(&self, directory: &Directory, name: &Name<'_>) -> bool {
        directory.parent.is_none()
            && self.apart.of == Some(directory.meta.identity())
            && self.apart.names.iter().any(|apart| apart.as_c_str() == name.name)
    }

    /// Something in a directory is done; with the last of it, the directory itself, and so on up.
    fn done_with_one(&self, directory: &Arc<Directory>) {
        let mut at = Some(directory);
        while let Some(directory) = at.filter(|directory| directory.is_finished_by_one()) {
            if directory.is_to_take {
                match directory.dir.give_to(self.entries.rules.uid, self.entries.rules.gid) {
                    Ok(()) => self.entries.tally.changed(1),
                    Err(error) => self.entries.tally.left(Reason::Failed, &directory.path(), error),
                }
            }
            at = directory.parent.as_ref();
        }
    }
}

/// Leaves the names to whoever is free, and the reading of more until these are taken.
fn share(queue: &Queue<Task>, directory: &Arc<Directory>, batch: Batch) {
    let (all, batch) = (batch.len(), Arc::new(batch));
    let look = |from| Task::Look(directory.clone(), batch.clone(), from, all.min(from + SHARE));
    let mut tasks = vec![Task::Read(directory.clone())];
    tasks.extend((0..all).step_by(SHARE).map(look));
    directory.expect(tasks.len());
    queue.add(tasks);
}
