//! What a walk of a tree needs: entries on the same mount, opened to be looked at once more, and a
//! lock.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag, OpenHow, ResolveFlag, openat, openat2};
use nix::sys::stat::Mode;

use super::{BENEATH, DIRECTORY, Dir, change_owner, is_refused};
use crate::sys::stat::{self, Meta};

const ENTRY: OFlag = OFlag::O_PATH.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

impl Dir {
    /// Opens a directory in this one to list it, unless something is mounted there (`EXDEV`; also
    /// a bind mount of the same file system).
    ///
    /// # Errors
    /// `EPERM` with `Reading::Unnoticed` for who is neither its owner nor may act as one.
    pub fn directory_on_same_mount(&self, name: &CStr, reading: Reading) -> io::Result<Dir> {
        self.open_on_same_mount(name, DIRECTORY | reading.flags()).map(Dir)
    }

    /// Opens this directory once more, to list it: from the start, and with the caller's rights of
    /// now.
    pub fn again(&self, reading: Reading) -> io::Result<Dir> {
        self.open_at(OsStr::new("."), DIRECTORY | reading.flags(), Mode::empty()).map(Dir)
    }

    /// Opens an entry for nothing but to name it (`O_PATH`), whatever it is, unless something is
    /// mounted there (`EXDEV`). A link is opened itself, and leads nowhere.
    pub fn entry_on_same_mount(&self, name: &CStr) -> io::Result<Entry> {
        self.open_on_same_mount(name, ENTRY).map(Entry)
    }

    /// The same by a path of several names, none of which may be a link.
    ///
    /// # Errors
    /// `ENOSYS` where openat2(2) is not to be had.
    pub fn entry_beneath(&self, path: &CStr) -> io::Result<Entry> {
        let resolve = BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS | ResolveFlag::RESOLVE_NO_XDEV;
        Ok(Entry(openat2(&self.0, path, OpenHow::new().flags(ENTRY).resolve(resolve))?))
    }

    fn open_on_same_mount(&self, name: &CStr, flags: OFlag) -> io::Result<OwnedFd> {
        let how = OpenHow::new().flags(flags).resolve(BENEATH | ResolveFlag::RESOLVE_NO_XDEV);
        match openat2(&self.0, name, how) {
            Err(errno) if is_refused(errno) => {
                let found = openat(&self.0, name, flags, Mode::empty())?;
                self.check_mount(&found)?;
                Ok(found)
            }
            other => Ok(other?),
        }
    }

    /// What openat2(2) would look at; for where it is refused.
    fn check_mount(&self, found: &impl AsRawFd) -> io::Result<()> {
        match mount_of(found)? == mount_of(&self.0)? {
            true => Ok(()),
            false => Err(Errno::EXDEV.into()),
        }
    }

    /// Waits until no other process holds a lock of this directory, and holds one until it is
    /// dropped (flock(2)). Not for one that was opened with `O_PATH`.
    ///
    /// # Errors
    /// A file system that has no locks.
    pub fn lock(&self) -> io::Result<Lock> {
        self.lock_as(FlockArg::LockExclusive)
    }

    /// The same without waiting.
    ///
    /// # Errors
    /// `WouldBlock` where another process holds one.
    pub fn try_lock(&self) -> io::Result<Lock> {
        self.lock_as(FlockArg::LockExclusiveNonblock)
    }

    fn lock_as(&self, how: FlockArg) -> io::Result<Lock> {
        let again = self.0.try_clone()?;
        Ok(Lock { _held: Flock::lock(again, how).map_err(|(_, errno)| errno)? })
    }

    /// Whether both directories are on one mount, not only on one file system.
    pub fn is_on_mount_of(&self, other: &Dir) -> io::Result<bool> {
        Ok(mount_of(&self.0)? == mount_of(&other.0)?)
    }
}

/// A lock that is held.
#[derive(Debug)]
pub struct Lock {
    _held: Flock<OwnedFd>,
}

/// How a directory is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As everybody does: its time of access may change.
    Usual,
    /// Without a change to its inode (open(2), `O_NOATIME`).
    Unnoticed,
}

impl Reading {
    fn flags(self) -> OFlag {
        match self {
            Reading::Usual => OFlag::O_RDONLY,
            Reading::Unnoticed => OFlag::O_RDONLY | OFlag::O_NOATIME,
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
        stat::of(&self.0)
    }

    /// Opens it to list it, if it is a directory. That it may be opened and that it may be listed
    /// are two rights, and different users may have them.
    pub fn as_directory(&self, reading: Reading) -> io::Result<Dir> {
        Ok(Dir(openat(&self.0, ".", DIRECTORY | reading.flags(), Mode::empty())?))
    }

    /// Gives it to somebody; of a symbolic link, the link itself.
    pub fn give_to(&self, uid: u32, gid: u32) -> io::Result<()> {
        change_owner(&self.0, uid, gid)
    }
}
