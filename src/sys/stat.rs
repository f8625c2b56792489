//! What a file is: statx(2), by descriptor or by a name in an open directory.

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::fcntl::AtFlags;
use nix::sys::stat::{FileStat, fstatat};

/// `STATX_MNT_ID` (linux/stat.h), from Linux 5.8 on; older ones leave it out of the answer.
const MOUNT_ID: u32 = 0x1000;
const WANTED: u32 = libc::STATX_BASIC_STATS | MOUNT_ID;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link.
    Symlink,
    /// A block or character device.
    Device,
    /// A socket or pipe.
    Other,
}

impl Kind {
    fn of(mode: u32) -> Self {
        match mode & libc::S_IFMT {
            libc::S_IFDIR => Kind::Directory,
            libc::S_IFREG => Kind::File,
            libc::S_IFLNK => Kind::Symlink,
            libc::S_IFBLK | libc::S_IFCHR => Kind::Device,
            _ => Kind::Other,
        }
    }
}

/// Which file it is: its device, and its number there.
pub type Identity = ((u32, u32), u64);

/// What statx(2) says of an entry, as far as it matters here.
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
    /// The device that it is on, major and minor number.
    pub device: (u32, u32),
    /// Its number on that device.
    pub inode: u64,
    /// The number of the mount that it is on; none where the kernel doesn't say.
    pub mount: Option<u64>,
    /// When its inode was last changed, its number of names for one (inode(7), `ctime`).
    pub changed: Duration,
}

impl Meta {
    /// Which file it is.
    pub fn identity(&self) -> Identity {
        (self.device, self.inode)
    }

    /// Whether its inode may have been changed from one time to another, by the clock of
    /// [`now`]. Some file systems count whole seconds.
    pub fn may_have_changed(&self, from: Duration, to: Duration) -> bool {
        let coarseness = match self.changed.subsec_nanos() {
            0 => Duration::from_secs(2),
            _ => Duration::from_millis(10), // More than a tick.
        };
        self.changed + coarseness >= from && self.changed <= to
    }
}

/// The time of the clock that inodes are stamped by.
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn since_epoch(seconds: i64, nanoseconds: u32) -> Duration {
    Duration::new(seconds.try_into().unwrap_or(0), nanoseconds)
}

/// What an open file is.
pub fn of(fd: &impl AsFd) -> io::Result<Meta> {
    look(fd, c"", AtFlags::AT_EMPTY_PATH)
}

/// What an entry of a directory is now; of a symbolic link, the link itself. It may be another a
/// moment later. Nothing is mounted on the way (`AT_NO_AUTOMOUNT`).
pub fn at(dir: &impl AsFd, name: &CStr) -> io::Result<Meta> {
    look(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW | AtFlags::AT_NO_AUTOMOUNT)
}

fn look(fd: &impl AsFd, name: &CStr, flags: AtFlags) -> io::Result<Meta> {
    match statx(fd, name, flags) {
        // An old kernel, or a seccomp filter that is older than the call.
        Err(Errno::ENOSYS | Errno::EPERM) => Ok(fstatat(fd, name, flags)?.into()),
        found => Ok(found?.into()),
    }
}

fn statx(fd: &impl AsFd, name: &CStr, flags: AtFlags) -> Result<libc::statx, Errno> {
    let mut found = MaybeUninit::<libc::statx>::uninit();
    let fd = fd.as_fd().as_raw_fd();
    // By number: not every C library that this is built with has the function.
    // SAFETY: the name ends with a NUL, and the kernel fills the whole structure or says no.
    Errno::result(unsafe {
        libc::syscall(libc::SYS_statx, fd, name.as_ptr(), flags.bits(), WANTED, found.as_mut_ptr())
    })?;
    // SAFETY: filled, since the call succeeded.
    Ok(unsafe { found.assume_init() })
}

impl From<libc::statx> for Meta {
    fn from(found: libc::statx) -> Self {
        let mode = u32::from(found.stx_mode);
        Meta {
            kind: Kind::of(mode),
            uid: found.stx_uid,
            gid: found.stx_gid,
            mode: mode & 0o7777,
            links: found.stx_nlink.into(),
            device: (found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
            mount: (found.stx_mask & MOUNT_ID != 0).then_some(found.stx_mnt_id),
            changed: since_epoch(found.stx_ctime.tv_sec, found.stx_ctime.tv_nsec),
        }
    }
}

impl From<FileStat> for Meta {
    fn from(found: FileStat) -> Self {
        Meta {
            kind: Kind::of(found.st_mode),
            uid: found.st_uid,
            gid: found.st_gid,
            mode: found.st_mode & 0o7777,
            // 32 bits wide on some architectures.
            #[allow(clippy::unnecessary_cast)]
            links: found.st_nlink as u64,
            device: (libc::major(found.st_dev), libc::minor(found.st_dev)),
            inode: found.st_ino,
            mount: None,
            changed: since_epoch(found.st_ctime, found.st_ctime_nsec.try_into().unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_whatever_the_clock_of_the_file_system_counts_in() {
        let dir = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(dir.path().join("a")).unwrap();
        let (meta, time) = (of(&file).unwrap(), now());
        let far = Duration::from_secs(60);
        assert!(meta.may_have_changed(time, time + far), "just now");
        assert!(!meta.may_have_changed(time + far, time + 2 * far), "long before");
        assert!(!meta.may_have_changed(time - 2 * far, time - far), "by another clock");
        let whole = Meta { changed: Duration::from_secs(100), ..meta };
        assert!(whole.may_have_changed(Duration::from_millis(100_900), far * 2));
    }
}
