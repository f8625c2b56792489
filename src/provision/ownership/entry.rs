//! One entry of a directory: looked at, and given to the user if that is right.

use std::ffi::CStr;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::directory::{Directory, User};
use super::judgement::{Rules, Verdict};
use super::links::Links;
use super::record;
use super::tally::{Reason, Tally};
use crate::sys::dirfd::{Entry, Kind, Meta};
use crate::sys::stat;

/// How often an entry is looked at that is changed meanwhile, and how long after each time.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(15);

/// What came of looking at an entry.
#[derive(Debug)]
pub enum Visited {
    /// It is to be entered.
    Directory,
    /// It was given to the user.
    Taken,
    /// It stays as it is.
    Left,
}

/// Looks at entries and gives them, for any thread of a walk.
#[derive(Debug)]
pub struct Entries<'a> {
    /// Whose files are given to whom.
    pub rules: &'a Rules,
    /// See `rules`.
    pub user: User,
    /// What was seen and done.
    pub tally: &'a Tally,
    links: Links,
}

impl<'a> Entries<'a> {
    /// None seen yet.
    pub fn new(rules: &'a Rules, tally: &'a Tally) -> Self {
        let user = User { uid: rules.uid, gid: rules.gid };
        Entries { rules, user, tally, links: Links::default() }
    }

    /// Looks at an entry, and gives it to the user if that is right.
    pub fn visit(&self, directory: &Arc<Directory>, name: &CStr) -> io::Result<Visited> {
        let meta = directory.dir.peek(name)?;
        if meta.kind == Kind::Directory {
            return Ok(Visited::Directory);
        }
        if directory.parent.is_none() && name.to_bytes() == record::NAME.as_bytes() {
            return Ok(Visited::Left);
        }
        let is_same_mount = meta.mount.is_some() && meta.mount == directory.meta.mount;
        match self.rules.judge(&meta) {
            Verdict::Right => Ok(Visited::Left),
            Verdict::Take if directory.is_sealed && is_same_mount => {
                directory.dir.give_entry_to(name, self.rules.uid, self.rules.gid)?;
                Ok(Visited::Taken)
            }
            _ => self.visit_pinned(directory, name),
        }
    }

    /// The same by a descriptor: what the name stood for before may have been something else.
    fn visit_pinned(&self, directory: &Arc<Directory>, name: &CStr) -> io::Result<Visited> {
        for _ in 0..TRIES {
            let before = stat::now();
            let entry = directory.dir.entry_on_same_mount(name)?;
            let meta = entry.meta()?;
            // Of two names, the one that it was opened by may have been removed since: then the
            // one that is counted is elsewhere.
            let is_uncertain = meta.kind != Kind::Directory
                && !directory.is_sealed
                && self.rules.judge(&meta) == Verdict::Take
                && meta.may_have_changed(before, stat::now());
            match is_uncertain {
                true => thread::sleep(PAUSE),
                false => return self.decide(directory, name, &entry, &meta),
            }
        }
        let why = "it is changed again and again";
        self.tally.left(Reason::Failed, &directory.path_of(name), why);
        Ok(Visited::Left)
    }

    fn decide(
        &self,
        directory: &Arc<Directory>,
        name: &CStr,
        entry: &Entry,
        meta: &Meta,
    ) -> io::Result<Visited> {
        let reason = match self.rules.judge(meta) {
            _ if meta.kind == Kind::Directory => return Ok(Visited::Directory),
            Verdict::Right => return Ok(Visited::Left),
            Verdict::Take => {
                entry.give_to(self.rules.uid, self.rules.gid)?;
                return Ok(Visited::Taken);
            }
            Verdict::TakeIfAllNamesAreHere if directory.is_sealed => {
                self.links.note(directory, name, meta);
                return Ok(Visited::Left);
            }
            Verdict::TakeIfAllNamesAreHere => Reason::HardLink,
            Verdict::Foreign => Reason::Foreign,
            Verdict::Device => Reason::Device,
        };
        self.tally.left(reason, &directory.path_of(name), detail(meta));
        Ok(Visited::Left)
    }

    /// Notes what the kernel said of an entry.
    pub fn refused(&self, directory: &Directory, name: &CStr, error: &io::Error) {
        let path = || directory.path_of(name);
        match error.raw_os_error() {
            // It is gone, or something else by now: at the next start.
            Some(libc::ENOENT | libc::ENOTDIR | libc::ELOOP) => self.tally.missed(),
            Some(libc::EXDEV) => self.tally.left(Reason::Mount, &path(), "a mount"),
            _ => self.tally.left(Reason::Failed, &path(), error),
        }
    }

    /// After the walk: the files with several names that were found to be the home's alone.
    pub fn give_linked(&self) {
        for file in self.links.take() {
            for way in file.ways() {
                if !file.is_all_here() {
                    self.tally.left(Reason::HardLink, &way.path(), "not all of its names are here");
                    continue;
                }
                match file.give(way, self.rules, self.user) {
                    Ok(is_given) => self.tally.changed(is_given.into()),
                    Err(error) => self.tally.left(Reason::Failed, &way.path(), error),
                }
            }
        }
    }
}

fn detail(meta: &Meta) -> String {
    match meta.links {
        0 | 1 => format!("{}:{}", meta.uid, meta.gid),
        links => format!("{}:{}, {links} names", meta.uid, meta.gid),
    }
}
