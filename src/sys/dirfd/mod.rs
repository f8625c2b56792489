//! Files by descriptor, beneath a directory, without following a symbolic link.
//!
//! A path that the user can write to may change between a check and a use; a descriptor can't.
//! Every name is resolved by openat2(2) with `RESOLVE_NO_SYMLINKS`, or component by component
//! with `O_NOFOLLOW` where a seccomp filter or an old kernel refuses that call.

mod walking;

use std::ffi::{CStr, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path};
use std::sync::OnceLock;

use nix::NixPath;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, OpenHow, ResolveFlag, openat, openat2};
use nix::sys::stat::{FchmodatFlags, Mode, fchmod, fchmodat, mkdirat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchownat, linkat, symlinkat, unlinkat};

use super::listing::Batch;
use super::stat;
pub use super::stat::{Identity, Kind, Meta};
pub use walking::{Entry, Lock, Reading};

/// An open directory.
#[derive(Debug)]
pub struct Dir(OwnedFd);

const DIRECTORY: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

const BENEATH: ResolveFlag = ResolveFlag::RESOLVE_BENEATH.union(ResolveFlag::RESOLVE_NO_MAGICLINKS);

impl Dir {
    /// The root directory.
    pub fn root() -> io::Result<Self> {
        Ok(Dir(nix::fcntl::open("/", DIRECTORY | OFlag::O_RDONLY, Mode::empty())?))
    }

    /// Opens an absolute path, no component of which may be a symbolic link.
    ///
    /// # Errors
    /// `ELOOP` or `ENOTDIR` for a link on the way; `EINVAL` for a path that is not absolute or
    /// holds `..`.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut components = path.components();
        if components.next() != Some(Component::RootDir) {
            return Err(Errno::EINVAL.into());
        }
        components.try_fold(Dir::root()?, |dir, component| match component {
            Component::Normal(name) => dir.directory(name),
            _ => Err(Errno::EINVAL.into()),
        })
    }

    /// Opens a directory in this one.
    ///
    /// # Errors
    /// `ELOOP` where it is a symbolic link, `ENOTDIR` where it is something else.
    pub fn directory(&self, name: &OsStr) -> io::Result<Dir> {
        // O_PATH: to stand in a directory, one need not be allowed to read it. Root that may not
        // override permissions passes through a user's 0700 home like this.
        let opened = self.open_at(name, DIRECTORY | OFlag::O_PATH, Mode::empty());
        opened.map(Dir).map_err(|error| match self.peek(name) {
            // With O_DIRECTORY the kernel says ENOTDIR of a link, too.
            Ok(meta) if meta.kind == Kind::Symlink => Errno::ELOOP.into(),
            _ => error,
        })
    }

    /// Opens a regular file for reading.
    pub fn file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
        self.open_at(name, flags, Mode::empty()).map(File::from)
    }

    /// Makes a new file; one that exists is an error (`EEXIST`).
    pub fn create(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags =
            OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        self.open_at(name, flags, Mode::from_bits_truncate(mode)).map(File::from)
    }

    /// Makes a directory (mkdirat(2)), with exactly this mode as far as the file system has modes,
    /// and with the set-group-ID bit where it inherits that one (inode(7)): whoever set it wants
    /// one group for all that is made there.
    pub fn make_directory(&self, name: &OsStr, mode: u32) -> io::Result<Dir> {
        mkdirat(&self.0, name, Mode::from_bits_truncate(mode))?;
        // fchmod(2) takes no O_PATH descriptor.
        let made = Dir(self.open_at(name, DIRECTORY | OFlag::O_RDONLY, Mode::empty())?);
        let inherited = made.meta()?.mode & libc::S_ISGID;
        change_mode(&made.0, mode | inherited)?;
        Ok(made)
    }

    /// Makes a symbolic link that holds `target`.
    pub fn make_symlink(&self, name: &OsStr, target: &OsStr) -> io::Result<()> {
        Ok(symlinkat(target, &self.0, name)?)
    }

    /// What a symbolic link in this directory holds.
    pub fn read_link(&self, name: &OsStr) -> io::Result<OsString> {
        Ok(nix::fcntl::readlinkat(&self.0, name)?)
    }

    /// Renames an entry over another of this directory (renameat(2)): whoever reads it sees the
    /// old one or the new one.
    pub fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(nix::fcntl::renameat(&self.0, from, &self.0, to)?)
    }

    /// Removes a file.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, UnlinkatFlags::NoRemoveDir)?)
    }

    /// What an entry is now. It may be another a moment later: decide on [`Entry::meta`].
    pub fn peek<N: NixPath + ?Sized>(&self, name: &N) -> io::Result<Meta> {
        name.with_nix_path(|name| stat::at(&self.0, name))?
    }

    /// What this directory is.
    pub fn meta(&self) -> io::Result<Meta> {
        stat::of(&self.0)
    }

    /// Gives this directory to somebody.
    pub fn give_to(&self, uid: u32, gid: u32) -> io::Result<()> {
        change_owner(&self.0, uid, gid)
    }

    /// Gives an entry to somebody by its name; of a symbolic link, the link itself. Only for names
    /// that nobody can change meanwhile: otherwise by [`Entry::give_to`].
    pub fn give_entry_to(&self, name: &CStr, uid: u32, gid: u32) -> io::Result<()> {
        let (uid, gid) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
        Ok(fchownat(&self.0, name, uid, gid, AtFlags::AT_SYMLINK_NOFOLLOW)?)
    }

    /// The names in this directory, without `.` and `..`.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let again = self.again(Reading::Usual)?;
        let mut names = Vec::new();
        loop {
            let batch = Batch::read(&again)?;
            let found = batch.names(0, batch.len());
            names.extend(found.map(|found| OsString::from_vec(found.name.to_bytes().to_vec())));
            if batch.is_last() {
                return Ok(names);
            }
        }
    }

    fn open_at(&self, name: &OsStr, flags: OFlag, mode: Mode) -> io::Result<OwnedFd> {
        if name.as_bytes().contains(&b'/') || name == ".." {
            return Err(Errno::EINVAL.into());
        }
        let resolve = BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS;
        let how = OpenHow::new().flags(flags).mode(mode).resolve(resolve);
        match openat2(&self.0, name, how) {
            // One component and O_NOFOLLOW: the plain call is as safe.
            Err(errno) if is_refused(errno) => Ok(openat(&self.0, name, flags, mode)?),
            other => Ok(other?),
        }
    }
}

impl Dir {
    /// Whether a name in this directory is `wanted`, without `.` and `..`. Reads little further
    /// than the first one.
    pub fn has_name(&self, wanted: impl Fn(&OsStr) -> bool) -> io::Result<bool> {
        let again = self.again(Reading::Usual)?;
        loop {
            let batch = Batch::read_few(&again)?;
            if batch.is_empty() {
                return Ok(false);
            }
            let mut found = batch.names(0, batch.len());
            if found.any(|found| wanted(OsStr::from_bytes(found.name.to_bytes()))) {
                return Ok(true);
            }
        }
    }

    /// Sets this directory's permission bits (fchmodat(2)).
    pub fn set_mode(&self, mode: u32) -> io::Result<()> {
        // fchmod(2) takes no O_PATH descriptor; `.` beneath one is the directory itself.
        let mode = Mode::from_bits_truncate(mode);
        Ok(fchmodat(&self.0, ".", mode, FchmodatFlags::FollowSymlink)?)
    }

    /// Gives a file of this directory a second name in another one (linkat(2)). A link is linked
    /// itself.
    ///
    /// # Errors
    /// `EEXIST` where the name is taken; `EPERM` or `EOPNOTSUPP` where the file system has no
    /// hard links.
    pub fn link(&self, name: &OsStr, to: &Dir, new: &OsStr) -> io::Result<()> {
        Ok(linkat(&self.0, name, &to.0, new, AtFlags::empty())?)
    }

    /// Removes an empty directory.
    pub fn remove_directory(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, UnlinkatFlags::RemoveDir)?)
    }
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Whether openat2(2) is not to be had, by what it said: a kernel before 5.6, or a seccomp filter
/// of that time. EPERM may as well be about the file.
fn is_refused(errno: Errno) -> bool {
    static REFUSED: OnceLock<bool> = OnceLock::new();
    let try_it = || openat2(AT_FDCWD, "/", OpenHow::new().flags(OFlag::O_PATH | OFlag::O_CLOEXEC));
    let is_missing = |errno| matches!(errno, Errno::ENOSYS | Errno::EPERM);
    is_missing(errno) && *REFUSED.get_or_init(|| try_it().is_err_and(is_missing))
}

/// Gives an open file to somebody (fchownat(2) with `AT_EMPTY_PATH`: no name is looked up).
fn change_owner(fd: &impl AsFd, uid: u32, gid: u32) -> io::Result<()> {
    let (uid, gid) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
    Ok(fchownat(fd, c"", uid, gid, AtFlags::AT_EMPTY_PATH)?)
}

/// Sets permission bits (fchmod(2)) of what this process has made. On a file system that has none of
/// its own, all is somebody's whom the mount names, who alone may set them (mount.cifs(8), `uid`).
fn change_mode(fd: &impl AsFd, mode: u32) -> io::Result<()> {
    match fchmod(fd, Mode::from_bits_truncate(mode)) {
        Err(Errno::EPERM | Errno::ENOSYS | Errno::EOPNOTSUPP) => Ok(()),
        other => Ok(other?),
    }
}

/// Sets the permission bits of a new file that this process has just made, as far as its file system
/// has them.
pub fn set_file_mode(file: &File, mode: u32) -> io::Result<()> {
    change_mode(file, mode)
}

/// Gives a new file that this process has just made to somebody.
pub fn give_file_to(file: &File, uid: u32, gid: u32) -> io::Result<()> {
    change_owner(file, uid, gid)
}
