//! The run directory: sockets and generated configuration.
//!
//! `/run/waiide` where that can be made; otherwise `/tmp/waiide-<uid>`, which is only trusted
//! when it is a directory of that user's that nobody else can write to.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use crate::sys::dirfd::{Dir, Kind};

/// Where it usually is.
pub const USUAL: &str = "/run/waiide";
/// The control socket's name in it.
pub const CONTROL: &str = "control.sock";
/// The gateway's socket's name in it.
pub const GATEWAY: &str = "gateway.sock";

/// Where it is for a user who can't write to `/run`.
pub fn private(uid: u32) -> PathBuf {
    PathBuf::from(format!("/tmp/waiide-{uid}"))
}

/// Makes the directory, or takes over the one from an earlier start, for a user.
///
/// # Errors
/// Something else stands there: a link, a file, a directory of somebody else's or one that others
/// may write to.
pub fn make(path: &Path, uid: u32, gid: u32) -> io::Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let parent = Dir::open(parent)?;
    let dir = match parent.make_directory(name, 0o755) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => parent.directory(name)?,
        other => other?,
    };
    let meta = dir.meta()?;
    if ![0, uid].contains(&meta.uid) || meta.mode & 0o022 != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it belongs to somebody else, or others may write to it; remove it, or give another \
             --run-dir (WAIIDE_RUN_DIR)",
        ));
    }
    if (meta.uid, meta.gid) != (uid, gid) {
        dir.give_to(uid, gid)?;
    }
    clear_sockets(&dir)
}

/// Removes what a start before this one left behind: a container may be started again.
fn clear_sockets(dir: &Dir) -> io::Result<()> {
    for name in [CONTROL, GATEWAY].map(OsStr::new) {
        match dir.peek(name) {
            Ok(meta) if meta.kind != Kind::Directory => dir.remove(name)?,
            _ => {}
        }
    }
    Ok(())
}

/// Where a client finds the control socket: in the directory that was given, otherwise in the
/// usual one, otherwise in a private one.
pub fn control_socket(given: Option<&Path>, uid: u32) -> PathBuf {
    if let Some(dir) = given {
        return dir.join(CONTROL);
    }
    let usual = Path::new(USUAL).join(CONTROL);
    match usual.exists() {
        true => usual,
        false => private_socket(uid).unwrap_or(usual),
    }
}

/// A socket in a private directory that really belongs to the user whose name it carries. Root
/// takes anybody's, others their own.
fn private_socket(uid: u32) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let owner_of = |path: &Path| {
        path.file_name()?
            .to_str()?
            .strip_prefix("waiide-")?
            .parse::<u32>()
            .ok()
    };
    let is_sound = |path: &PathBuf| {
        let owner = owner_of(path);
        let meta = std::fs::symlink_metadata(path);
        owner.is_some_and(|owner| uid == 0 || owner == uid)
            && meta.is_ok_and(|meta| meta.is_dir() && Some(meta.uid()) == owner)
    };
    let entries = std::fs::read_dir("/tmp").ok()?;
    let mut found = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    found
        .find(|path| is_sound(path) && path.join(CONTROL).exists())
        .map(|path| path.join(CONTROL))
}
