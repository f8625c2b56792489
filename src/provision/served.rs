//! Which homes this container was started for. DockerSpawner and others keep containers, and
//! start the same one again.
//!
//! One line for each event, added to the end of a file of root's in the container's own layer:
//! `image PATH`, the home that the image gave the user; `started NAME PATH`, a home that the Hub's
//! user of that name was let into from then on, or `started PATH` without a Hub; `filled PATH`, a
//! home that has got all of its skeleton.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::environment::accounts::lines;
use crate::site::Site;
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
    /// For whom it was started, the last one last.
    pub started: Vec<Visit>,
    /// The homes that got all of their skeleton.
    pub filled: Vec<PathBuf>,
    /// Whether that can be relied on: it is written down, and by root.
    pub is_kept: bool,
}

/// For whom a container is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The Hub's name of the user, as it is written down; none where no Hub gave one.
    pub user: Option<String>,
    /// The home.
    pub home: PathBuf,
}

impl Visit {
    /// This start's.
    pub fn of(site: &Site) -> Self {
        Visit { user: site.hub_user.as_deref().map(written), home: site.home.path.clone() }
    }

    /// Whether this is another home, or another user's. Who comes without a name may be anybody.
    fn differs_from(&self, last: &Visit) -> bool {
        let is_anybody = self.user.is_none() || last.user.is_none();
        self.home != last.home || (!is_anybody && self.user != last.user)
    }
}

/// A name as it can stand before a path in a line: a Hub hands on whatever it is given.
fn written(name: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '%');
    let write = |c: char| match is_plain(c) {
        true => c.to_string(),
        false => format!("%{:02X}", u32::from(c)),
    };
    name.chars().map(write).collect()
}

impl Past {
    /// Reads it. What can't be read, or what others could have written, counts as nothing.
    pub fn read(is_root: bool) -> Self {
        let file = Path::new(FILE);
        let is_trusted = is_roots(file);
        let text = match is_trusted {
            true => files::read_regular(file, MOST_BYTES),
            false => Ok(Vec::new()),
        };
        let is_sound = match is_trusted {
            true => text.is_ok(),
            false => std::fs::symlink_metadata(file).is_err(),
        };
        let is_kept = is_root && is_sound && can_be_kept();
        Past { is_kept, ..parse(&text.unwrap_or_default()) }
    }

    /// For whom it was started last, if that was for another home or user.
    pub fn other_before(&self, now: &Visit) -> Option<&Visit> {
        self.started.last().filter(|last| now.differs_from(last))
    }

    /// Whether this start adds to what is known. A start without a name leaves the last one's.
    fn lacks(&self, now: &Visit) -> bool {
        self.started.last().is_none_or(|last| {
            now.differs_from(last) || (last.user.is_none() && now.user.is_some())
        })
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
        if let Some(image) = line.strip_prefix(b"image ") {
            past.image = Some(path(image));
        } else if let Some(started) = line.strip_prefix(b"started ") {
            past.started.push(visit(started));
        } else if let Some(filled) = line.strip_prefix(b"filled ") {
            past.filled.push(path(filled));
        }
    }
    past
}

fn path(text: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(text))
}

/// The path begins with the first slash: in a name there is none.
fn visit(text: &[u8]) -> Visit {
    let slash = text.iter().position(|byte| *byte == b'/').unwrap_or(0);
    let user = text[..slash].strip_suffix(b" ").map(|name| String::from_utf8_lossy(name).into());
    Visit { user, home: path(&text[slash..]) }
}

/// The open file: what was opened by root can be written to after the drop.
#[derive(Debug)]
pub struct Record(File);

impl Record {
    /// Writes down, as root, for whom the container is started, before anything of theirs is
    /// touched. Writes nothing where that stands there already.
    ///
    /// # Errors
    /// The file can't be relied on or written, as where the file system is read-only.
    pub fn begin(past: &Past, now: &Visit, image: Option<&Path>) -> io::Result<Self> {
        if !past.is_kept {
            return Err(io::Error::other(
                "what stands there is not root's alone, or can't be read",
            ));
        }
        let record = Record(open()?);
        if let (None, Some(image)) = (&past.image, image) {
            record.add(b"image ", image)?;
        }
        if past.lacks(now) {
            let user = now.user.as_ref().map(|user| format!("{user} ")).unwrap_or_default();
            record.add(format!("started {user}").as_bytes(), &now.home)?;
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

    fn visit(user: Option<&str>, home: &str) -> Visit {
        Visit { user: user.map(str::to_owned), home: home.into() }
    }

    #[test]
    fn lines_are_read_in_their_order_and_others_are_left() {
        let text =
            b"image /home/calliope\nstarted /home/a b\nnonsense\nstarted /home/c\nfilled /x\n";
        let past = parse(text);
        assert_eq!(past.image, Some("/home/calliope".into()));
        assert_eq!(past.started, [visit(None, "/home/a b"), visit(None, "/home/c")]);
        assert_eq!(past.filled, [PathBuf::from("/x")]);
    }

    #[test]
    fn a_line_that_was_not_written_whole_does_not_count() {
        assert_eq!(parse(b"started /home/al"), Past::default());
        assert_eq!(parse(b"started /a\nstarted /home/al").started, [visit(None, "/a")]);
    }

    #[test]
    fn only_another_home_than_the_last_is_a_change() {
        let past = parse(b"started /a\nstarted /b\n");
        assert_eq!(past.other_before(&visit(None, "/b")), None);
        assert_eq!(past.other_before(&visit(None, "/a")), Some(&visit(None, "/b")));
        assert_eq!(Past::default().other_before(&visit(None, "/a")), None);
    }

    #[test]
    fn another_user_of_the_same_home_is_a_change_where_both_are_known() {
        let past = parse(b"started ann b@c /home/x y\n");
        let now = |user| visit(user, "/home/x y");
        let last = now(Some("ann b@c"));
        assert_eq!(past.started, std::slice::from_ref(&last));
        assert_eq!(past.other_before(&now(Some("bob"))), Some(&last));
        for (same, is_new) in [(now(Some("ann b@c")), false), (now(None), false)] {
            assert_eq!((past.other_before(&same), past.lacks(&same)), (None, is_new));
        }
        let old = parse(b"started /home/x y\n");
        assert_eq!(old.other_before(&now(Some("bob"))), None);
        assert!(old.lacks(&now(Some("bob"))));
    }

    #[test]
    fn no_name_makes_a_line_or_a_path() {
        assert_eq!(written("Ünal x@y"), "Ünal x@y");
        let line = format!("started {} /h\n", written("a/b\nfilled /x%"));
        assert_eq!(line, "started a%2Fb%0Afilled %2Fx%25 /h\n");
        assert!(parse(line.as_bytes()).filled.is_empty());
    }
}
