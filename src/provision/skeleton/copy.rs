//! Copying, with the user's rights: nothing that is there is overwritten, and what was begun is
//! gone on with at the next start.
//!
//! A file is written beneath [`UNFILLED`] and gets its name when it is whole. That directory is
//! there from before the first copy until after the last one.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::{NOTHING, UNFILLED};
use crate::sys::creds;
use crate::sys::dirfd::{Dir, Kind, Meta};

/// What a copy keeps of the permission bits: no set-user-id program becomes the user's.
const MODE: u32 = 0o777;
/// So that a directory can be filled.
const OWNER: u32 = 0o700;
const SET_GROUP_ID: u32 = 0o2000;

/// What came of copying.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Files, directories and links that are new.
    pub made: u64,
    /// Those that could not be copied.
    pub failed: u64,
    /// The first of them, and why.
    pub first_failure: Option<String>,
    /// Whether there was no room: then the next start goes on.
    pub is_out_of_room: bool,
    /// Whether it was to stop before all was copied: likewise.
    pub is_stopped: bool,
}

impl Copied {
    /// For the log; none where nothing was copied.
    pub fn in_words(&self, home: &Path, sources: &[PathBuf]) -> Option<String> {
        let sources: Vec<_> = sources.iter().map(|path| path.display().to_string()).collect();
        let (made, home, sources) = (self.made, home.display(), sources.join(", then "));
        (made > 0).then(|| format!("{made} entries copied into the new home {home}: {sources}"))
    }

    /// What could not be copied; none where all could.
    pub fn warning(&self, home: &Path) -> Option<String> {
        let first = self.first_failure.as_ref()?;
        let remedy = match self.is_out_of_room {
            true => "Make room there: the next start goes on.",
            false => "It stays without; have the image let the user read it.",
        };
        let (failed, home) = (self.failed, home.display());
        Some(format!("{home}: {failed} entries can't be copied into it, first {first}. {remedy}"))
    }
}

/// Copies each of the sources into a home, in this order, so that of two files with one name the
/// first is the one that is there afterwards. Of the image's home, nothing that is mounted in it.
/// Goes on until `must_stop` says otherwise.
///
/// # Errors
/// The home can't be written to at all.
pub fn fill(
    home: &Path,
    sources: &[PathBuf],
    image_home: Option<&Path>,
    must_stop: impl Fn() -> bool,
) -> io::Result<Copied> {
    let home = Dir::open(home)?;
    let staging = make_staging(&home)?;
    let mut copier = Copier {
        staging: &staging,
        must_stop: &must_stop,
        stays_on_mount: false,
        copied: Copied::default(),
    };
    for source in sources {
        copier.stays_on_mount = Some(source.as_path()) == image_home;
        match open_source(source) {
            Ok(from) => copier.tree(&from, &home, source, is_copied_at_top),
            Err(error) => copier.failed(source, &error),
        }
    }
    let copied = copier.copied;
    if !copied.is_out_of_room && !copied.is_stopped {
        remove_staging(&home, &staging)?;
    }
    Ok(copied)
}

/// Where Kubernetes mounts a ConfigMap, each name is a link into what `..data` leads to.
fn open_source(path: &Path) -> io::Result<Dir> {
    let dir = Dir::open(path)?;
    match dir.read_link(OsStr::new("..data")) {
        Ok(name) => dir.directory(&name),
        Err(_) => Ok(dir),
    }
}

fn is_copied_at_top(name: &OsStr) -> bool {
    NOTHING.iter().all(|nothing| name != *nothing)
}

/// Makes the directory for files that are not whole yet. Whatever else has its name, the user has
/// put there.
fn make_staging(home: &Dir) -> io::Result<Dir> {
    let name = OsStr::new(UNFILLED);
    match home.peek(name) {
        Ok(meta) if meta.kind != Kind::Directory => home.remove(name)?,
        // An image's own may be another user's than the one who is served.
        Ok(meta) if meta.uid != creds::uid() => home.remove_directory(name)?,
        _ => {}
    }
    match home.make_directory(name, OWNER) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => home.directory(name),
        made => made,
    }
}

fn remove_staging(home: &Dir, staging: &Dir) -> io::Result<()> {
    let _ = staging.remove(OsStr::new(PART));
    match home.remove_directory(OsStr::new(UNFILLED)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The file that is being written.
const PART: &str = "part";

struct Copier<'a> {
    staging: &'a Dir,
    must_stop: &'a dyn Fn() -> bool,
    stays_on_mount: bool,
    copied: Copied,
}

/// A directory that is being copied.
struct Level {
    from: Dir,
    to: Dir,
    path: PathBuf,
    names: Vec<OsString>,
    /// What the copy's permissions are to be in the end; none where it was there before.
    mode: Option<u32>,
}

impl Copier<'_> {
    /// Copies what is in a directory. Deep trees cost descriptors, and no stack.
    fn tree(&mut self, from: &Dir, to: &Dir, path: &Path, is_copied: fn(&OsStr) -> bool) {
        let top = reopened(from).and_then(|from| Ok((from, reopened(to)?)));
        let top = top.and_then(|(from, to)| Level::new(from, to, path.to_owned(), None));
        let mut open = Vec::new();
        match top {
            Ok(mut top) => {
                top.names.retain(|name| is_copied(name));
                open.push(top);
            }
            Err(error) => self.failed(path, &error),
        }
        while let Some(level) = open.last_mut() {
            let Some(name) = level.names.pop() else {
                let done = open.pop();
                done.into_iter().for_each(|level| self.close(&level));
                continue;
            };
            if (self.must_stop)() {
                self.copied.is_stopped = true;
                return;
            }
            match self.entry(level, &name) {
                Ok(inner) => open.extend(inner),
                Err(error) => self.failed(&level.path.join(&name), &error),
            }
        }
    }

    /// Copies an entry; returns it if it is a directory to go on in.
    fn entry(&mut self, level: &Level, name: &OsStr) -> io::Result<Option<Level>> {
        let meta = level.from.peek(name)?;
        let copied = match meta.kind {
            Kind::Directory => return self.directory(level, name, meta),
            Kind::File => self.file(level, name),
            Kind::Symlink => {
                level.from.read_link(name).and_then(|link| level.to.make_symlink(name, &link))
            }
            Kind::Other => return Ok(None),
        };
        match copied {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => {
                other?;
                self.copied.made += 1;
            }
        }
        Ok(None)
    }

    fn directory(&mut self, level: &Level, name: &OsStr, meta: Meta) -> io::Result<Option<Level>> {
        let from = match self.stays_on_mount {
            true => level.from.directory_on_same_mount(name),
            false => level.from.directory(name),
        };
        let from = match from {
            Err(error) if error.raw_os_error() == Some(libc::EXDEV) => return Ok(None),
            other => other?,
        };
        let (to, mode) = match level.to.make_directory(name, meta.mode & MODE | OWNER) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match level.to.directory(name) {
                    Ok(there) => (there, None),
                    // Something else is there, and stays.
                    Err(_) => return Ok(None),
                }
            }
            made => {
                self.copied.made += 1;
                (made?, Some(meta.mode & MODE))
            }
        };
        Level::new(from, to, level.path.join(name), mode).map(Some)
    }

    fn file(&self, level: &Level, name: &OsStr) -> io::Result<()> {
        if level.to.peek(name).is_ok() {
            return Err(Errno::EEXIST.into());
        }
        let part = OsStr::new(PART);
        // One that a start before this one was interrupted in.
        let _ = self.staging.remove(part);
        let written = write_copy(level.from.file(name)?, &self.staging.create(part, 0o600)?);
        let named = written.and_then(|()| match self.staging.link(part, &level.to, name) {
            Err(error) if can_not_link(&error) => {
                write_copy(level.from.file(name)?, &level.to.create(name, 0o600)?)
            }
            linked => linked,
        });
        let _ = self.staging.remove(part);
        named
    }

    /// A directory that the copy has made gets its own permissions once it is full.
    fn close(&mut self, level: &Level) {
        let Some(mode) = level.mode.filter(|mode| mode & OWNER != OWNER) else { return };
        let set = level.to.meta().and_then(|meta| {
            // New directories inherit this bit where the group is to be inherited.
            level.to.set_mode(mode | meta.mode & SET_GROUP_ID)
        });
        if let Err(error) = set {
            self.failed(&level.path, &error);
        }
    }

    fn failed(&mut self, path: &Path, error: &io::Error) {
        self.copied.failed += 1;
        self.copied.is_out_of_room |=
            matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT));
        let text = || format!("{}: {error}", path.display());
        self.copied.first_failure.get_or_insert_with(text);
    }
}

impl Level {
    fn new(from: Dir, to: Dir, path: PathBuf, mode: Option<u32>) -> io::Result<Self> {
        let mut names = from.names()?;
        names.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Level { from, to, path, names, mode })
    }
}

fn reopened(dir: &Dir) -> io::Result<Dir> {
    dir.directory(OsStr::new("."))
}

fn write_copy(mut source: File, mut copy: &File) -> io::Result<()> {
    let mode = source.metadata()?.permissions().mode() & MODE;
    io::copy(&mut source, &mut copy)?;
    // As it was, whatever the umask.
    copy.set_permissions(PermissionsExt::from_mode(mode))
}

/// Where the file system has no hard links, a filter refuses them, or the directory is a mount.
fn can_not_link(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    matches!(number, Some(libc::EPERM | libc::EOPNOTSUPP | libc::ENOSYS | libc::EXDEV))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    struct Place {
        root: tempfile::TempDir,
        home: PathBuf,
    }

    impl Place {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let home = root.path().join("home");
            fs::create_dir(&home).unwrap();
            Place { root, home }
        }

        fn source(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
            let source = self.root.path().join(name);
            fs::create_dir_all(&source).unwrap();
            for (file, text) in files {
                let path = source.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            source
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.home.join(name)).unwrap()
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn files_directories_and_links_are_copied_with_their_modes() {
        let place = Place::new();
        let source = place.source("skel", &[(".profile", "p"), ("closed/a", "a")]);
        set_mode(&source.join(".profile"), 0o666);
        set_mode(&source.join("closed"), 0o555);
        symlink("/etc/shadow", source.join("link")).unwrap();
        let copied = fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(copied, Copied { made: 4, ..Copied::default() });
        assert_eq!((place.read(".profile"), place.read("closed/a")), ("p".into(), "a".into()));
        assert_eq!(mode(&place.home.join(".profile")), 0o666);
        assert_eq!(mode(&place.home.join("closed")), 0o555);
        assert_eq!(fs::read_link(place.home.join("link")).unwrap(), Path::new("/etc/shadow"));
        assert!(!place.home.join(UNFILLED).exists());
    }

    #[test]
    fn the_first_source_wins_and_what_is_there_stays() {
        let place = Place::new();
        let one = place.source("one", &[("a", "1"), ("dir/x", "1"), ("mine", "1")]);
        let two = place.source("two", &[("a", "2"), ("dir/x", "2"), ("dir/y", "2"), ("b/c", "2")]);
        fs::write(place.home.join("mine"), "mine").unwrap();
        fs::write(place.home.join("b"), "a file").unwrap();
        fill(&place.home, &[one, two], None, || false).unwrap();
        let read = ["a", "dir/x", "dir/y", "mine", "b"].map(|name| place.read(name));
        assert_eq!(read, ["1", "1", "2", "mine", "a file"]);
    }

    #[test]
    fn a_link_in_the_home_is_not_followed() {
        let place = Place::new();
        let source = place.source("skel", &[("dir/x", "x")]);
        let outside = place.source("outside", &[]);
        symlink(&outside, place.home.join("dir")).unwrap();
        fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(fs::read_dir(outside).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_copied_is_counted_and_named() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "a")]);
        let copied = fill(&place.home, &["/no/such/skel".into(), source], None, || false).unwrap();
        assert_eq!((copied.made, copied.failed), (1, 1));
        assert!(copied.first_failure.unwrap().contains("/no/such/skel"));
    }

    #[test]
    fn what_an_interrupted_copy_left_is_completed() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "whole")]);
        let staging = place.home.join(UNFILLED);
        fs::create_dir(&staging).unwrap();
        fs::write(staging.join(PART), "wh").unwrap();
        fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(place.read("a"), "whole");
        assert!(!staging.exists());
    }

    #[test]
    fn a_stop_leaves_what_is_missing_to_the_next_start() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "a"), ("b", "b"), ("c", "c")]);
        let asked = std::cell::Cell::new(0);
        let must_stop = || asked.replace(asked.get() + 1) == 2;
        let copied = fill(&place.home, std::slice::from_ref(&source), None, must_stop).unwrap();
        assert_eq!((copied.made, copied.is_stopped), (2, true));
        assert!(place.home.join(UNFILLED).exists());
        assert_eq!(fill(&place.home, &[source], None, || false).unwrap().made, 1);
        assert_eq!(place.read("c"), "c");
    }

    #[test]
    fn a_config_map_is_copied_as_files() {
        let place = Place::new();
        let source = place.source("skel", &[("..2026/a", "a")]);
        symlink("..2026", source.join("..data")).unwrap();
        symlink("..data/a", source.join("a")).unwrap();
        fill(&place.home, &[source], None, || false).unwrap();
        assert!(fs::symlink_metadata(place.home.join("a")).unwrap().is_file());
        assert_eq!(fs::read_dir(&place.home).unwrap().count(), 1);
    }

    #[test]
    fn whatever_the_user_puts_in_the_markers_place_leads_nowhere() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "a")]);
        let outside = place.source("outside", &[(PART, "mine")]);
        symlink(&outside, place.home.join(UNFILLED)).unwrap();
        fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(place.read("a"), "a");
        assert_eq!(fs::read_to_string(outside.join(PART)).unwrap(), "mine");
    }
}
