//! The run directory: sockets and generated configuration.
//!
//! `/run/waiide` where that can be made; otherwise `/tmp/waiide-<uid>`, which is that user's alone,
//! and only trusted when it is a directory of theirs that nobody else can write to.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::sys::dirfd::Dir;
use crate::sys::{creds, paths};

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

/// Makes the directory, or takes over the one from an earlier start, for a user; those above it that
/// are missing are whose process this is.
///
/// # Errors
/// Something else stands there: a link, a file, a directory of somebody else's, one that others
/// may write to, or one of root's that is used for something else.
pub fn make(path: &Path, uid: u32, gid: u32) -> io::Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let parent = open_or_make(parent)?;
    let mode = if path == private(uid) { 0o700 } else { 0o755 };
    let dir = match parent.make_directory(name, mode) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => parent.directory(name)?,
        other => other?,
    };
    let meta = dir.meta()?;
    if ![0, uid].contains(&meta.uid) || meta.mode & 0o022 != 0 {
        return Err(refused("it belongs to somebody else, or others may write to it"));
    }
    if meta.uid == uid && meta.mode & 0o077 & !mode != 0 {
        dir.set_mode(mode)?;
    }
    if (meta.uid, meta.gid) == (uid, gid) {
        return Ok(());
    }
    if dir.names()?.iter().any(|name| !OURS.iter().any(|own| name == own)) {
        return Err(refused("it is used for something else"));
    }
    dir.give_to(uid, gid)
}

fn open_or_make(path: &Path) -> io::Result<Dir> {
    match (Dir::open(path), path.parent(), path.file_name()) {
        (Err(error), Some(parent), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            open_or_make(parent)?.make_directory(name, 0o755)
        }
        (opened, ..) => opened,
    }
}

/// What a run directory holds.
const OURS: [&str; 3] = [CONTROL, GATEWAY, "jupyter"];

fn refused(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, reason)
}

/// Whether [`make`] would do for a user, as far as that can be told beforehand.
pub fn can_be_made(path: &Path, uid: u32) -> bool {
    match std::fs::symlink_metadata(path) {
        Ok(meta) => {
            let is_ours = [0, uid].contains(&meta.uid()) && meta.mode() & 0o022 == 0;
            meta.is_dir() && is_ours && (meta.uid() == uid || paths::may_write(path))
        }
        Err(_) => path.parent().is_some_and(paths::may_write),
    }
}

/// Where a client finds the control socket: in the directory that was given, otherwise in the
/// usual one, otherwise in a private one: the client's own, or for root that of PID 1's user.
pub fn control_socket(given: Option<&Path>, uid: u32) -> PathBuf {
    let usual = Path::new(USUAL);
    let dir = match given {
        Some(dir) => dir.to_owned(),
        None if usual.join(CONTROL).exists() => usual.to_owned(),
        None => Some(private(if uid == 0 { creds::uid_of_init() } else { uid }))
            .filter(|dir| is_sound(dir))
            .unwrap_or(usual.to_owned()),
    };
    dir.join(CONTROL)
}

/// Whether a private directory really belongs to the user whose id it carries.
fn is_sound(path: &Path) -> bool {
    let meta = std::fs::symlink_metadata(path);
    meta.is_ok_and(|meta| meta.is_dir() && private(meta.uid()) == path)
}
