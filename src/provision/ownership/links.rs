//! Files with more than one name.
//!
//! A user who may link to a file of root's anywhere on the file system must not be given it. So
//! such a file is taken only if all its names were seen in the home, each in a directory that
//! nobody but root could change at the time: those names a user can't have made, nor moved to be
//! seen twice. A name counts once for the directory that it is in, whatever way led there: that
//! directory may be mounted in two places, or its own name be changed by the user.

use std::collections::HashMap;
use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::directory::{Directory, User};
use super::judgement::Rules;
use crate::sys::dirfd::{Entry, Identity, Meta};

/// The files that were seen, and where.
#[derive(Debug, Default)]
pub struct Links(Mutex<HashMap<Identity, Seen>>);

#[derive(Debug)]
struct Seen {
    /// How many names it has.
    links: u64,
    /// Its names in sealed directories.
    names: HashMap<(Identity, CString), Way>,
}

/// How a name was come to.
#[derive(Debug)]
pub struct Way {
    /// The top of the tree.
    top: Arc<Directory>,
    /// The path from there on.
    path: Vec<u8>,
}

/// A file with several names, after the walk.
#[derive(Debug)]
pub struct Linked {
    identity: Identity,
    seen: Seen,
}

impl Links {
    /// Notes a name of a file in a sealed directory.
    pub fn note(&self, directory: &Arc<Directory>, name: &CStr, meta: &Meta) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Seen { links: meta.links, names: HashMap::new() };
        let seen = files.entry(meta.identity()).or_insert_with(new);
        let way = Way { top: directory.top_of(), path: directory.way_from_top(name) };
        seen.names.insert((directory.meta.identity(), name.to_owned()), way);
    }

    /// All of them, once the walk is over.
    pub fn take(&self) -> Vec<Linked> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = std::mem::take(&mut *files).into_iter();
        seen.map(|(identity, seen)| Linked { identity, seen }).collect()
    }
}

impl Linked {
    /// Whether every name that it has is in the home.
    pub fn is_all_here(&self) -> bool {
        self.seen.names.len() as u64 >= self.seen.links
    }

    /// How its names were come to.
    pub fn ways(&self) -> impl Iterator<Item = &Way> {
        self.seen.names.values()
    }

    /// Gives it to the user under one of its names, if that still is its name. Each name is given
    /// on its own: on overlayfs two names of a lower layer's file become two files.
    pub fn give(&self, way: &Way, rules: &Rules, user: User) -> io::Result<bool> {
        let path = CString::new(way.path.as_slice())?;
        let _rights = way.top.rights(user)?;
        let entry: Entry = way.top.dir.entry_beneath(&path)?;
        let meta = entry.meta()?;
        if meta.identity() != self.identity || !rules.may_take_from(meta.uid) {
            return Ok(false);
        }
        entry.give_to(rules.uid, rules.gid).map(|()| true)
    }
}

impl Way {
    /// The whole path.
    pub fn path(&self) -> PathBuf {
        self.top.path().join(OsStr::from_bytes(&self.path))
    }
}
