//! A directory while it is walked.
//!
//! It stays open until everything in it is dealt with. A directory that only root can change is
//! given to the user last of all: until then its names are what they were, so that its entries can
//! be given by name, and an entry that is pinned by a descriptor first costs twice as much.

use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::judgement::is_sealed;
use crate::sys::creds::FileRights;
use crate::sys::dirfd::{Dir, Meta, Reading};

/// A directory while it is walked.
#[derive(Debug)]
pub struct Directory {
    /// It, open to be listed.
    pub dir: Dir,
    /// What it was when it was opened.
    pub meta: Meta,
    /// Whether nobody but root can change its names as long as it is root's.
    pub is_sealed: bool,
    /// Whether it is given to the user at the end.
    pub is_to_take: bool,
    /// Where it is; none for the top of a tree.
    pub parent: Option<Arc<Directory>>,
    name: CString,
    /// Whether root is refused here and the user is not: a home of mode 0700 without
    /// CAP_DAC_OVERRIDE, or on a network file system that squashes root.
    as_user: bool,
    /// What is still to be done in it.
    pending: AtomicUsize,
}

/// Whose rights may be needed to look into directories.
#[derive(Debug, Clone, Copy)]
pub struct User {
    /// The user's id.
    pub uid: u32,
    /// The user's group.
    pub gid: u32,
}

impl User {
    fn rights(self, as_user: bool) -> io::Result<FileRights> {
        match as_user {
            true => FileRights::of(self.uid, self.gid),
            false => FileRights::of(0, 0),
        }
    }
}

impl Directory {
    /// Opens the top of a tree, on the way to which no link is followed.
    pub fn top(path: CString, user: User) -> io::Result<Self> {
        let open = || {
            let found = Dir::open(OsStr::from_bytes(path.to_bytes()).as_ref())?;
            unnoticed(|reading| found.again(reading))
        };
        let (dir, as_user) = match open() {
            Err(error) if is_refused(&error) => {
                let _rights = user.rights(true)?;
                (open()?, true)
            }
            dir => (dir?, false),
        };
        Directory::new(dir, path, None, as_user)
    }

    /// Opens a directory in this one, with this one's rights or else the other's.
    pub fn enter(self: &Arc<Self>, name: &CStr, user: User) -> io::Result<Self> {
        let _rights = self.rights(user)?;
        let direct = unnoticed(|reading| self.dir.directory_on_same_mount(name, reading));
        let (dir, as_user) = match direct {
            Err(error) if is_refused(&error) => {
                let entry = self.dir.entry_on_same_mount(name)?;
                let _others = user.rights(!self.as_user)?;
                (unnoticed(|reading| entry.as_directory(reading))?, !self.as_user)
            }
            dir => (dir?, self.as_user),
        };
        Directory::new(dir, name.to_owned(), Some(self.clone()), as_user)
    }

    fn new(
        dir: Dir,
        name: CString,
        parent: Option<Arc<Directory>>,
        as_user: bool,
    ) -> io::Result<Self> {
        let meta = dir.meta()?;
        let is_sealed = is_sealed(&meta);
        let pending = AtomicUsize::new(1);
        Ok(Directory { dir, meta, is_sealed, is_to_take: false, parent, name, as_user, pending })
    }

    /// The rights that it takes to look into this directory, for as long as they are held; none
    /// where the thread's own will do.
    pub fn rights(&self, user: User) -> io::Result<Option<FileRights>> {
        self.as_user.then(|| user.rights(true)).transpose()
    }

    /// So much more is to be done in it.
    pub fn expect(&self, more: usize) {
        self.pending.fetch_add(more, Ordering::Relaxed);
    }

    /// One thing less is to be done in it. Returns whether that was the last.
    pub fn is_finished_by_one(&self) -> bool {
        self.pending.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// An entry's path, by the names that were walked through.
    pub fn path_of(&self, name: &CStr) -> PathBuf {
        self.path().join(OsStr::from_bytes(name.to_bytes()))
    }

    /// Its path.
    pub fn path(&self) -> PathBuf {
        self.names().iter().map(|name| OsStr::from_bytes(name.to_bytes())).collect()
    }

    /// An entry's path from the top of the tree on, to be looked up again.
    pub fn way_from_top(&self, name: &CStr) -> Vec<u8> {
        let names = self.names();
        let mut way: Vec<&[u8]> = names.iter().skip(1).map(|name| name.to_bytes()).collect();
        way.push(name.to_bytes());
        way.join(&b'/')
    }

    /// The top of the tree that it is in.
    pub fn top_of(self: &Arc<Self>) -> Arc<Directory> {
        let mut top = self;
        while let Some(parent) = &top.parent {
            top = parent;
        }
        top.clone()
    }

    fn names(&self) -> Vec<&CStr> {
        let mut names = vec![self.name.as_c_str()];
        let mut at = &self.parent;
        while let Some(directory) = at {
            names.push(&directory.name);
            at = &directory.parent;
        }
        names.reverse();
        names
    }
}

impl Drop for Directory {
    /// Lets go of one after the other: a chain of thousands would be too deep for the stack.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut parent) = next.and_then(Arc::into_inner) {
            next = parent.parent.take();
        }
    }
}

/// Opens without a trace where that is allowed: to its owner, and to who may act as one.
fn unnoticed(open: impl Fn(Reading) -> io::Result<Dir>) -> io::Result<Dir> {
    match open(Reading::Unnoticed) {
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => open(Reading::Usual),
        dir => dir,
    }
}

fn is_refused(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EACCES)
}
