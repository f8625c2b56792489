//! Files by descriptor, beneath a directory, without following a symbolic link.
//!
//! A path that the user can write to may change between a check and a use; a descriptor can't.
//! Every name is resolved by openat2(2) with `RESOLVE_NO_SYMLINKS`, or component by component
//! with `O_NOFOLLOW` where a seccomp filter or an old kernel refuses that call.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat, openat2};
use nix::sys::stat::{FileStat, Mode, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchownat, symlinkat, unlinkat};

/// An open directory.
#[derive(Debug)]
pub struct Dir(OwnedFd);

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link.
    Symlink,
    /// A device, socket or pipe.
    Other,
}

/// What fstat(2) says of an entry, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// What it is.
    pub kind: Kind,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// The permission bits.
    pub mode: u32,
    /// How many names it has.
    pub links: u64,
    /// The device that it is on.
    pub device: u64,
}

impl From<FileStat> for Meta {
    fn from(stat: FileStat) -> Self {
        let kind = match stat.st_mode & libc::S_IFMT {
            libc::S_IFDIR => Kind::Directory,
            libc::S_IFREG => Kind::File,
            libc::S_IFLNK => Kind::Symlink,
            _ => Kind::Other,
        };
        Meta {
            kind,
            uid: stat.st_uid,
            gid: stat.st_gid,
            mode: stat.st_mode & 0o7777,
            // 32 bits wide on some architectures.
            #[allow(clippy::unnecessary_cast)]
            links: stat.st_nlink as u64,
            device: stat.st_dev,
        }
    }
}

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

    /// Opens a directory in this one, unless something is mounted there (`EXDEV`; also a bind
    /// mount of the same file system).
    pub fn directory_on_same_mount(&self, name: &OsStr) -> io::Result<Dir> {
        let how = OpenHow::new()
            .flags(DIRECTORY | OFlag::O_RDONLY)
            .resolve(BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS | ResolveFlag::RESOLVE_NO_XDEV);
        match openat2(&self.0, name, how) {
            Err(Errno::ENOSYS | Errno::EPERM) => {
                let found = self.directory(name)?;
                self.check_mount(&found.0)?;
                Ok(found)
            }
            other => Ok(Dir(other?)),
        }
    }

    /// What openat2(2) would look at; for where it is refused.
    fn check_mount(&self, found: &impl AsRawFd) -> io::Result<()> {
        match mount_of(found)? == mount_of(&self.0)? {
            true => Ok(()),
            false => Err(Errno::EXDEV.into()),
        }
    }

    /// Opens an entry for nothing but to name it (`O_PATH`), whatever it is, unless something is
    /// mounted there (`EXDEV`). A link is opened itself, and leads nowhere.
    pub fn entry_on_same_mount(&self, name: &OsStr) -> io::Result<Entry> {
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let how = OpenHow::new().flags(flags).resolve(BENEATH | ResolveFlag::RESOLVE_NO_XDEV);
        match openat2(&self.0, name, how) {
            Err(Errno::ENOSYS | Errno::EPERM) => {
                let entry = Entry(openat(&self.0, name, flags, Mode::empty())?);
                self.check_mount(&entry.0)?;
                Ok(entry)
            }
            other => Ok(Entry(other?)),
        }
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

    /// Makes a directory (mkdirat(2)), with exactly this mode, and with the set-group-ID bit where
    /// it inherits that one (inode(7)): whoever set it wants one group for all that is made there.
    pub fn make_directory(&self, name: &OsStr, mode: u32) -> io::Result<Dir> {
        mkdirat(&self.0, name, Mode::from_bits_truncate(mode))?;
        // fchmod(2) takes no O_PATH descriptor.
        let made = Dir(self.open_at(name, DIRECTORY | OFlag::O_RDONLY, Mode::empty())?);
        let inherited = made.meta()?.mode & libc::S_ISGID;
        fchmod(&made.0, Mode::from_bits_truncate(mode | inherited))?;
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
    pub fn peek(&self, name: &OsStr) -> io::Result<Meta> {
        Ok(fstatat(&self.0, name, AtFlags::AT_SYMLINK_NOFOLLOW)?.into())
    }

    /// What this directory is.
    pub fn meta(&self) -> io::Result<Meta> {
        Ok(fstat(&self.0)?.into())
    }

    /// Gives this directory to somebody.
    pub fn give_to(&self, uid: u32, gid: u32) -> io::Result<()> {
        change_owner(&self.0, uid, gid)
    }

    /// The names in this directory, without `.` and `..`.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let again = self.open_at(OsStr::new("."), DIRECTORY | OFlag::O_RDONLY, Mode::empty())?;
        let mut stream = nix::dir::Dir::from_fd(again)?;
        let mut names = Vec::new();
        for entry in stream.iter() {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
        }
        Ok(names)
    }

    fn open_at(&self, name: &OsStr, flags: OFlag, mode: Mode) -> io::Result<OwnedFd> {
        if name.as_bytes().contains(&b'/') || name == ".." {
            return Err(Errno::EINVAL.into());
        }
        let resolve = BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS;
        let how = OpenHow::new().flags(flags).mode(mode).resolve(resolve);
        match openat2(&self.0, name, how) {
            // One component and O_NOFOLLOW: the plain call is as safe.
            Err(Errno::ENOSYS | Errno::EPERM) => Ok(openat(&self.0, name, flags, mode)?),
            other => Ok(other?),
        }
    }
}

/// The number of the mount that an open file is on (proc_pid_fdinfo(5)).
fn mount_of(fd: &impl AsRawFd) -> io::Result<String> {
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", fd.as_raw_fd()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("mnt_id:"));
    line.map(|number| number.trim().to_owned()).ok_or_else(|| Errno::ENOSYS.into())
}

/// An entry of a directory, opened to be named and nothing else.
#[derive(Debug)]
pub struct Entry(OwnedFd);

impl Entry {
    /// What it is.
    pub fn meta(&self) -> io::Result<Meta> {
        Ok(fstat(&self.0)?.into())
    }

    /// Gives it to somebody; of a symbolic link, the link itself.
    pub fn give_to(&self, uid: u32, gid: u32) -> io::Result<()> {
        change_owner(&self.0, uid, gid)
    }
}

/// Gives an open file to somebody (fchownat(2) with `AT_EMPTY_PATH`: no name is looked up).
fn change_owner(fd: &impl AsFd, uid: u32, gid: u32) -> io::Result<()> {
    let (uid, gid) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
    Ok(fchownat(fd, c"", uid, gid, AtFlags::AT_EMPTY_PATH)?)
}

/// Gives a new file that this process has just made to somebody.
pub fn give_file_to(file: &File, uid: u32, gid: u32) -> io::Result<()> {
    change_owner(file, uid, gid)
}
