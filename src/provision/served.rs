//! Which homes this container was started for. DockerSpawner and others keep containers, and
//! start the same one again.
//!
//! One line for each event, added to the end of a file of root's in the container's own layer:
//! `image PATH`, the home that the image gave the user; `started PATH`, a home that somebody was
//! let into from then on; `filled PATH`, a home that has got all of its skeleton.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::environment::accounts::lines;
use crate::sys::{files, paths};

/// Where that stands.
const DIRECTORY: &str = "/var/lib/waiide";
const FILE: &str = "/var/lib/waiide/homes";
const MOST_BYTES: u64 = 1 << 20;

/// What this container has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// The home that the image gave the user.
    pub image: Option<PathBuf>,
    /// The homes that it was started for, the last one last.
    pub started: Vec<PathBuf>,
    /// The homes that got all of their skeleton.
    pub filled: Vec<PathBuf>,
    /// Whether that can be relied on: it is written down, and by root.
    pub is_kept: bool,
}

impl Past {
    /// Reads it. What can't be read, or what others could have written, counts as nothing.
    pub fn read(is_root: bool) -> Self {
        let file = Path::new(FILE);
        let is_trusted = is_roots(file);
        let text = match is_trusted {
            true => files::read_regular(file, MOST_BYTES).unwrap_or_default(),
            false => Vec::new(),
        };
        let is_sound = is_trusted || std::fs::symlink_metadata(file).is_err();
        Past { is_kept: is_root && is_sound && can_be_kept(), ..parse(&text) }
    }

    /// The home that it was started for last, if that was another one.
    pub fn other_before(&self, home: &Path) -> Option<&Path> {
        self.started.last().map(PathBuf::as_path).filter(|last| *last != home)
    }
}

fn is_roots(path: &Path) -> bool {
    let meta = std::fs::symlink_metadata(path);
    meta.is_ok_and(|meta| meta.is_file() && meta.uid() == 0 && meta.mode() & 0o022 == 0)
}

fn can_be_kept() -> bool {
    let mut ancestors = Path::new(FILE).ancestors();
    match ancestors.find(|path| path.exists()) {
        Some(path) if path == Path::new(FILE) => paths::check_file(path).is_ok(),
        Some(path) => paths::may_write(path),
        None => false,
    }
}

/// A last line without its end was not written whole.
fn parse(text: &[u8]) -> Past {
    let mut past = Past::default();
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end);
    for line in lines(&text[..whole]) {
        let path = |prefix: &[u8]| {
            line.strip_prefix(prefix).map(|path| PathBuf::from(std::ffi::OsStr::from_bytes(path)))
        };
        if let Some(image) = path(b"image ") {
            past.image = Some(image);
        } else if let Some(started) = path(b"started ") {
            past.started.push(started);
        } else if let Some(filled) = path(b"filled ") {
            past.filled.push(filled);
        }
    }
    past
}

/// The open file: what was opened by root can be written to after the drop.
#[derive(Debug)]
pub struct Record(File);

impl Record {
    /// Writes down, as root, for whom the container is started, before anything of theirs is
    /// touched. Writes nothing where that stands there already.
    ///
    /// # Errors
    /// The file can't be written, as where the file system is read-only.
    pub fn begin(past: &Past, home: &Path, image: Option<&Path>) -> io::Result<Self> {
        let record = Record(open()?);
        if let (None, Some(image)) = (&past.image, image) {
            record.add(b"image ", image)?;
        }
        if past.started.last().is_none_or(|last| last != home) {
            record.add(b"started ", home)?;
        }
        Ok(record)
    }

    /// Writes down that a home has got its skeleton.
    ///
    /// # Errors
    /// See [`Record::begin`].
    pub fn filled(&self, past: &Past, home: &Path) -> io::Result<()> {
        match past.filled.iter().any(|filled| filled == home) {
            true => Ok(()),
            false => self.add(b"filled ", home),
        }
    }

    fn add(&self, what: &[u8], home: &Path) -> io::Result<()> {
        files::append(&self.0, &[what, home.as_os_str().as_bytes(), b"\n"].concat())
    }
}

fn open() -> io::Result<File> {
    // An image may lack /var/lib itself.
    DirBuilder::new().mode(0o755).recursive(true).create(DIRECTORY)?;
    let new = OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o644)
        .custom_flags(libc::O_NOFOLLOW)
        .open(FILE);
    match new {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let file = files::open_to_append(Path::new(FILE))?;
            end_line(&file)?;
            Ok(file)
        }
        new => new,
    }
}

/// Ends a line that was not written whole, so that the next one stands by itself.
fn end_line(file: &File) -> io::Result<()> {
    let text = files::read_regular(Path::new(FILE), MOST_BYTES)?;
    match text.last().is_some_and(|byte| *byte != b'\n') {
        true => files::append(file, b"\n"),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_their_order_and_others_are_left() {
        let text =
            b"image /home/calliope\nstarted /home/a b\nnonsense\nstarted /home/c\nfilled /x\n";
        let past = parse(text);
        assert_eq!(past.image, Some("/home/calliope".into()));
        assert_eq!(past.started, [PathBuf::from("/home/a b"), "/home/c".into()]);
        assert_eq!(past.filled, [PathBuf::from("/x")]);
    }

    #[test]
    fn a_line_that_was_not_written_whole_does_not_count() {
        assert_eq!(parse(b"started /home/al"), Past::default());
        assert_eq!(parse(b"started /a\nstarted /home/al").started, [PathBuf::from("/a")]);
    }

    #[test]
    fn only_another_home_than_the_last_is_a_change() {
        let past = parse(b"started /a\nstarted /b\n");
        assert_eq!(past.other_before(Path::new("/b")), None);
        assert_eq!(past.other_before(Path::new("/a")), Some(Path::new("/b")));
        assert_eq!(Past::default().other_before(Path::new("/a")), None);
    }
}
