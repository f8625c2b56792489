//! Where a file is written until it is whole: only then it gets its name.
//!
//! The directory for that, [`UNFILLED`] in the home, is there from before the first copy until
//! after the last one, so that the next start sees a copy that was interrupted.

use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::unix::fs::PermissionsExt;

use nix::errno::Errno;

use super::UNFILLED;
use crate::sys::creds;
use crate::sys::dirfd::{self, Dir, Kind};

/// What a copy keeps of the permission bits: no set-user-id program becomes the user's.
pub const MODE: u32 = 0o777;
/// What the file that is being written is called, with a number behind it that no other start has:
/// two servers of one user may fill one home at the same time, and both are process 1.
const PART: &str = "part-";

/// The directory, open, and the file that is being written in it.
#[derive(Debug)]
pub struct Staging(Dir, OsString);

impl Staging {
    /// Makes it, or takes the one that is there. What else has its name, the user has put there.
    ///
    /// # Errors
    /// What the kernel said.
    pub fn make(home: &Dir) -> io::Result<Self> {
        let name = OsStr::new(UNFILLED);
        match home.peek(name) {
            Ok(meta) if meta.kind != Kind::Directory => home.remove(name)?,
            // An image's own may be another user's than the one who is served.
            Ok(meta) if meta.uid != creds::uid() => {
                let discarded = home.directory(name).and_then(|theirs| discard(&theirs, home));
                discarded.map_err(|error| {
                    let what = format!("{UNFILLED} is user {}'s, and can't be removed", meta.uid);
                    io::Error::new(error.kind(), format!("{what}: {error}"))
                })?;
            }
            _ => {}
        }
        let made = match home.make_directory(name, 0o700) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => home.directory(name),
            made => made,
        };
        match made {
            // Another start has removed it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                home.make_directory(name, 0o700)
            }
            made => made,
        }
        .map(|dir| Staging(dir, format!("{PART}{:016x}", random()).into()))
    }

    /// Removes it: the home is filled.
    ///
    /// # Errors
    /// What the kernel said, unless somebody was faster.
    pub fn remove(self, home: &Dir) -> io::Result<()> {
        match discard(&self.0, home) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Copies a file.
    ///
    /// # Errors
    /// `EEXIST` where something has the name, or what the kernel said.
    pub fn copy(&self, from: &Dir, to: &Dir, name: &OsStr) -> io::Result<()> {
        if to.peek(name).is_ok() {
            return Err(Errno::EEXIST.into());
        }
        let part = self.1.as_os_str();
        let source = from.file(name)?;
        let written = self.0.create(part, 0o600).and_then(|copy| write(source, &copy));
        let named = written.and_then(|()| match self.0.link(part, to, name) {
            Err(error) if can_not_link(&error) => copy_at_once(from, to, name),
            linked => linked,
        });
        let _ = self.0.remove(part);
        match named {
            // Another start was done before, and has taken this one's away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => copy_at_once(from, to, name),
            named => named,
        }
    }
}

/// A number that another process hardly has: std seeds these with getrandom(2).
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Removes the directory with the files in it: git keeps no empty one, so an image that has it from
/// there has a file in it.
fn discard(staging: &Dir, home: &Dir) -> io::Result<()> {
    // What stays, or can't be seen, shows when the directory is removed.
    for name in staging.names().unwrap_or_default() {
        let _ = staging.remove(&name);
    }
    home.remove_directory(OsStr::new(UNFILLED))
}

fn copy_at_once(from: &Dir, to: &Dir, name: &OsStr) -> io::Result<()> {
    let copy = to.create(name, 0o600)?;
    write(from.file(name)?, &copy).inspect_err(|_| {
        let _ = to.remove(name);
    })
}

fn write(mut source: File, mut copy: &File) -> io::Result<()> {
    let mode = source.metadata()?.permissions().mode() & MODE;
    io::copy(&mut source, &mut copy)?;
    // As it was, whatever the umask.
    dirfd::set_file_mode(copy, mode)
}

/// Where the file system has no hard links, a filter refuses them, or the directory is a mount.
fn can_not_link(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    matches!(number, Some(libc::EPERM | libc::EOPNOTSUPP | libc::ENOSYS | libc::EXDEV))
}
