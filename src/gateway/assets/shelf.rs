//! The directory where forms are kept, as one thread of work sees it: everything in it may be
//! changed by others at any moment, other containers with the same home among them.
//!
//! A file gets its name once it is complete. Nothing is synced to the disk: what a power failure
//! leaves behind is proven like everything else, or thrown away.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::folder::{is_ours, regular_file};
use super::form::{Content, Damaged, Form, Place, Span};
use super::key::Key;
use super::proof;
use super::record::Record;
use crate::sys::creds;
use crate::sys::dirfd::Dir;

/// What the name of a file ends in that is not complete.
const PART: &str = ".part";
/// How old such a file is when nobody writes to it any more.
const ABANDONED: Duration = Duration::from_secs(15 * 60);

/// How many files there may be.
const MOST_FILES: usize = 512;

/// The directory.
#[derive(Debug)]
pub struct Shelf {
    dir: Arc<Dir>,
    path: PathBuf,
}

/// A file in it.
struct Found {
    name: String,
    length: u64,
    used: SystemTime,
}

impl Shelf {
    /// Opens the directory, or makes it with those above it. Links above it are followed, as a
    /// person may have their cache elsewhere; it is none itself.
    ///
    /// # Errors
    /// What the kernel said; it belongs to somebody else (`PermissionDenied`).
    pub fn open(path: &Path) -> io::Result<Shelf> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        let parent = Dir::open(&parent.canonicalize()?)?;
        let dir = match parent.make_directory(name, 0o700) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => parent.directory(name)?,
            other => other?,
        };
        let meta = dir.meta()?;
        if meta.uid != creds::uid() {
            let text = "it belongs to somebody else";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        if meta.mode & 0o7777 != 0o700 {
            dir.set_mode(0o700)?;
        }
        Ok(Shelf { dir: Arc::new(dir), path: path.to_owned() })
    }

    /// Opens it again, or makes it again, where somebody cleared their cache.
    pub fn again(&self) -> io::Result<Shelf> {
        Shelf::open(&self.path)
    }

    /// Opens a file to read it.
    pub fn file(&self, name: &str) -> io::Result<File> {
        regular_file(&self.dir, name)
    }

    /// Reads and proves what is kept under this name.
    ///
    /// # Errors
    /// There is none, or it is something else. Then it is removed.
    pub fn load(&self, name: &str) -> Result<(Key, Form), Damaged> {
        let is_named = |record: &Record| record.key.file_name(record.coding) == name;
        let file = self.file(name).map_err(|_| Damaged);
        let proven = file.and_then(|file| proof::prove(&file, is_named));
        if proven.is_err() {
            self.remove(name);
        }
        proven.map(|proven| (proven.record.key, proven.form(|span| self.place(span))))
    }

    /// Writes a form and proves it, then puts it in place of what was there under its name.
    ///
    /// # Errors
    /// What the kernel said; what came back was not what was written (`Other`).
    pub fn save(&self, key: &Key, form: &Form, content: &Content) -> io::Result<Form> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = key.file_name(form.coding);
        // Other containers have processes of the same number.
        let nonce = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let part = format!("{name}.{}-{}-{count}{PART}", std::process::id(), nonce.as_nanos());
        let done = self.write(&part, key, form, content).and_then(|()| {
            let wanted = |found: &Record| found.key == *key && found.identity == form.identity;
            let file = self.file(&part)?;
            let proven = proof::prove(&file, wanted).map_err(io::Error::other)?;
            self.dir.rename(OsStr::new(&part), OsStr::new(&name))?;
            Ok(proven.form(|span| self.place(span)))
        });
        if done.is_err() {
            self.remove(&part);
        }
        done
    }

    fn place(&self, span: Span) -> Place {
        Place::Cache(Arc::clone(&self.dir), span)
    }

    fn write(&self, name: &str, key: &Key, form: &Form, content: &Content) -> io::Result<()> {
        let mut file = self.dir.create(OsStr::new(name), 0o600)?;
        let Form { coding, identity, length, is_smallest, .. } = *form;
        file.write_all(&Record { key: *key, coding, identity, length, is_smallest }.to_bytes())?;
        let mut block = Vec::new();
        for number in 0.. {
            content.read(form, number, &mut block).map_err(io::Error::other)?;
            if block.is_empty() {
                break;
            }
            file.write_all(&block)?;
        }
        Ok(())
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, name: &str) {
        let _ = self.dir.remove(OsStr::new(name));
    }

    /// Notes that a file was used, for [`Shelf::bound`] of every process that shares it.
    pub fn touch(&self, name: &str) {
        let _ = self.file(name).and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// The names of what is kept, last used first. What was never completed, or has a name that
    /// isn't ours, is removed.
    pub fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.list()?.into_iter().map(|found| found.name).collect())
    }

    /// Removes what was used least recently until all of it is `limit` bytes at most, and not too
    /// many files; the names of what was removed.
    pub fn bound(&self, limit: u64) -> io::Result<Vec<String>> {
        let mut sum: u64 = 0;
        let mut gone = Vec::new();
        for (count, found) in self.list()?.into_iter().enumerate() {
            sum = sum.saturating_add(found.length);
            if sum > limit || count >= MOST_FILES {
                self.remove(&found.name);
                gone.push(found.name);
            }
        }
        Ok(gone)
    }

    fn list(&self) -> io::Result<Vec<Found>> {
        let names = self.dir.names()?;
        let mut all: Vec<Found> = names.iter().filter_map(|name| self.look(name)).collect();
        all.sort_by_key(|found| std::cmp::Reverse(found.used));
        Ok(all)
    }

    fn look(&self, name: &OsStr) -> Option<Found> {
        let text = name.to_str().unwrap_or_default();
        let meta = self.file(text).and_then(|file| file.metadata()).ok();
        let used = meta.as_ref().and_then(|meta| meta.modified().ok());
        let age = used.and_then(|used| used.elapsed().ok()).unwrap_or_default();
        let is_young_part = text.ends_with(PART) && age < ABANDONED;
        match meta.filter(|_| is_ours(text)) {
            Some(meta) => Some(Found { name: text.to_owned(), length: meta.len(), used: used? }),
            None => {
                if !is_young_part {
                    let _ = self.dir.remove(name);
                }
                None
            }
        }
    }
}
