//! The names in a directory, many at a time (getdents64(2)).
//!
//! A library's readdir(3) makes a value of each name; here they stay where the kernel put them,
//! each with the NUL that the next system call wants to see.

use std::cell::RefCell;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;

/// How much is asked for at a time: some thousand names.
const LENGTH_OF_BUFFER: usize = 32 * 1024;
/// Where one batch ends, in bytes, so that a directory of any size needs bounded memory.
const BATCH: usize = 4 * 1024 * 1024;

/// Offsets in `struct linux_dirent64`.
const LENGTH: usize = 16;
const TYPE: usize = 18;
const NAME: usize = 19;

thread_local! {
    /// One for all directories: most hold a few names, and a buffer costs more than these.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; LENGTH_OF_BUFFER]);
}

/// Some of a directory's names, by inode, which is the order in which a disk has them.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Place>,
    is_last: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    inode: u64,
    /// Where its name begins.
    name: usize,
    is_directory: bool,
}

/// A name in a directory.
#[derive(Debug, Clone, Copy)]
pub struct Name<'a> {
    /// The name.
    pub name: &'a CStr,
    /// Whether it was a directory when the names were read. Not every file system knows.
    pub is_directory: bool,
}

impl Batch {
    /// Reads names from an open directory, from where the last call stopped. None are left once
    /// the batch is empty.
    pub fn read(dir: &impl AsFd) -> io::Result<Self> {
        Batch::read_until(dir, |batch| batch.bytes.len() >= BATCH)
    }

    /// Reads no more names than one call gives, for who does not need them all.
    pub fn read_few(dir: &impl AsFd) -> io::Result<Self> {
        Batch::read_until(dir, |batch| !batch.entries.is_empty())
    }

    fn read_until(dir: &impl AsFd, is_enough: impl Fn(&Batch) -> bool) -> io::Result<Self> {
        let mut batch = Batch::default();
        BUFFER.with_borrow_mut(|buffer| {
            while !batch.is_last && !is_enough(&batch) {
                let read = getdents64(dir, buffer)?;
                let start = batch.bytes.len();
                batch.bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
                batch.index(start);
                batch.is_last = read == 0;
            }
            batch.entries.sort_unstable();
            Ok(batch)
        })
    }

    /// Whether it is known that there are no more names than these.
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// How many names it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The names from one place to another.
    pub fn names(&self, from: usize, to: usize) -> impl Iterator<Item = Name<'_>> {
        self.entries.get(from..to).unwrap_or_default().iter().filter_map(|place| {
            let name = CStr::from_bytes_until_nul(self.bytes.get(place.name..)?).ok()?;
            Some(Name { name, is_directory: place.is_directory })
        })
    }

    fn index(&mut self, mut at: usize) {
        while let Some((place, length)) = entry(&self.bytes, at) {
            if !is_dot(self.bytes.get(place.name..).unwrap_or_default()) {
                self.entries.push(place);
            }
            at += length;
        }
    }
}

fn entry(bytes: &[u8], at: usize) -> Option<(Place, usize)> {
    let header = bytes.get(at..)?.get(..NAME)?;
    let inode = u64::from_ne_bytes(header.get(..8)?.try_into().ok()?);
    let length = u16::from_ne_bytes(header.get(LENGTH..LENGTH + 2)?.try_into().ok()?);
    let is_directory = header.get(TYPE) == Some(&libc::DT_DIR);
    // A length of 0 would have it read the same entry for ever.
    let length = Some(usize::from(length)).filter(|length| *length > NAME)?;
    Some((Place { inode, name: at + NAME, is_directory }, length))
}

fn is_dot(name: &[u8]) -> bool {
    name.starts_with(b".\0") || name.starts_with(b"..\0")
}

fn getdents64(dir: &impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    let fd = dir.as_fd().as_raw_fd();
    // SAFETY: the kernel writes no more than the length that it is told, which outlives the call.
    let read = Errno::result(unsafe {
        libc::syscall(libc::SYS_getdents64, fd, buffer.as_mut_ptr(), buffer.len())
    })?;
    Ok(usize::try_from(read).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs::{self, File};

    fn listed(dir: &std::path::Path) -> BTreeSet<(String, bool)> {
        let dir = File::open(dir).unwrap();
        let mut all = BTreeSet::new();
        loop {
            let batch = Batch::read(&dir).unwrap();
            if batch.is_empty() {
                return all;
            }
            let names = batch.names(0, batch.len());
            all.extend(names.map(|n| (n.name.to_string_lossy().into_owned(), n.is_directory)));
        }
    }

    #[test]
    fn every_name_is_listed_but_the_dots() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("...")).unwrap();
        fs::write(root.path().join("a\nb"), "").unwrap();
        fs::write(root.path().join(".x"), "").unwrap();
        let expected = [("...", true), (".x", false), ("a\nb", false)];
        assert_eq!(listed(root.path()), expected.map(|(n, d)| (n.to_owned(), d)).into());
    }

    #[test]
    fn more_names_than_one_read_holds_are_all_there() {
        let root = tempfile::tempdir().unwrap();
        for n in 0..5000 {
            fs::write(root.path().join(format!("{n}-{}", "x".repeat(40))), "").unwrap();
        }
        assert_eq!(listed(root.path()).len(), 5000);
    }

    #[test]
    fn an_empty_directory_has_no_names() {
        let root = tempfile::tempdir().unwrap();
        assert!(listed(root.path()).is_empty());
    }

    #[test]
    fn bytes_that_are_no_entries_are_not_read_for_ever() {
        assert_eq!(entry(&[0; 64], 0), None);
        assert_eq!(entry(&[0; 10], 0), None);
        assert_eq!(entry(&[], 7), None);
    }
}
