//! Files with more than one name.
//!
//! A user who may link to a file of root's anywhere on the file system must not be given it. So
//! such a file is taken only if all its names were seen in the home, each in a directory that
//! nobody but root could change at the time: those names a user can't have made, nor moved to be
//! seen twice.

use std::collections::{HashMap, HashSet};
use std::ffi::{CStr, CString};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::directory::{Directory, User};
use super::judgement::Rules;
use crate::sys::dirfd::{Entry, Meta};

/// A file, by device and inode.
type Identity = ((u32, u32), u64);

/// The files that were seen, by the tops of their trees: names in two trees are never counted
/// together, since one tree may be the other under another name.
#[derive(Debug, Default)]
pub struct Links(Mutex<HashMap<(Identity, Identity), Seen>>);

#[derive(Debug)]
struct Seen {
    top: Arc<Directory>,
    /// How many names it has.
    links: u64,
    /// Its names in sealed directories, from the top on.
    ways: HashSet<Vec<u8>>,
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
        let top = directory.top_of();
        let tree = (top.meta.device, top.meta.inode);
        let new = || Seen { top, links: meta.links, ways: HashSet::new() };
        let seen = files.entry((tree, (meta.device, meta.inode))).or_insert_with(new);
        seen.ways.insert(directory.way_from_top(name));
    }

    /// All of them, once the walk is over.
    pub fn take(&self) -> Vec<Linked> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = std::mem::take(&mut *files).into_iter();
        seen.map(|((_, identity), seen)| Linked { identity, seen }).collect()
    }
}

impl Linked {
    /// Whether every name that it has is in the home.
    pub fn is_all_here(&self) -> bool {
        self.seen.ways.len() as u64 >= self.seen.links
    }

    /// Its names, with the top that they are beneath.
    pub fn ways(&self) -> impl Iterator<Item = (&Arc<Directory>, &Vec<u8>)> {
        self.seen.ways.iter().map(|way| (&self.seen.top, way))
    }

    /// Gives it to the user under one of its names, if that still is its name. Each name is given
    /// on its own: on overlayfs two names of a lower layer's file become two files.
    pub fn give(&self, way: &[u8], rules: &Rules, user: User) -> io::Result<bool> {
        let path = CString::new(way)?;
        let _rights = self.seen.top.rights(user)?;
        let entry: Entry = self.seen.top.dir.entry_beneath(&path)?;
        let meta = entry.meta()?;
        let is_it = (meta.device, meta.inode) == self.identity;
        if !is_it || !rules.may_take_from(meta.uid) {
            return Ok(false);
        }
        entry.give_to(rules.uid, rules.gid).map(|()| true)
    }
}
