//! What a new home gets a copy of, as useradd(8) does.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use crate::plan::Account;
use crate::sys::dirfd::{Dir, Kind, give_file_to};

/// Copies the skeleton into a home that holds nothing. Returns whether it did.
///
/// A new ext4 volume holds `lost+found`, which counts as nothing. An existing file is never
/// overwritten.
pub fn copy_into_empty(skeleton: &Path, home: &Path, owner: Option<&Account>) -> io::Result<bool> {
    let home = Dir::open(home)?;
    if home.names()?.iter().any(|name| name != "lost+found") {
        return Ok(false);
    }
    copy(&Dir::open(skeleton)?, &home, owner)?;
    Ok(true)
}

fn copy(from: &Dir, to: &Dir, owner: Option<&Account>) -> io::Result<()> {
    for name in from.names()? {
        match copy_entry(from, to, &name, owner) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
    }
    Ok(())
}

fn copy_entry(from: &Dir, to: &Dir, name: &OsStr, owner: Option<&Account>) -> io::Result<()> {
    let meta = from.peek(name)?;
    match meta.kind {
        Kind::Directory => {
            let made = to.make_directory(name, meta.mode)?;
            copy(&from.directory(name)?, &made, owner)?;
            give(owner, |uid, gid| made.give_to(uid, gid))
        }
        Kind::File => {
            let mut source = from.file(name)?;
            let mut copy = to.create(name, meta.mode)?;
            io::copy(&mut source, &mut copy)?;
            give(owner, |uid, gid| give_file_to(&copy, uid, gid))
        }
        Kind::Symlink => {
            to.make_symlink(name, &from.read_link(name)?)?;
            give(owner, |uid, gid| to.entry(name)?.give_to(uid, gid))
        }
        Kind::Other => Ok(()),
    }
}

fn give(
    owner: Option<&Account>,
    give_to: impl FnOnce(u32, u32) -> io::Result<()>,
) -> io::Result<()> {
    owner.map_or(Ok(()), |owner| give_to(owner.uid, owner.gid))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn skeleton(root: &Path) -> std::path::PathBuf {
        let skeleton = root.join("skel");
        fs::create_dir_all(skeleton.join(".config")).unwrap();
        fs::write(skeleton.join(".config/a"), "a").unwrap();
        fs::write(skeleton.join(".profile"), "skel").unwrap();
        fs::set_permissions(skeleton.join(".profile"), fs::Permissions::from_mode(0o600)).unwrap();
        symlink("/etc/shadow", skeleton.join("link")).unwrap();
        skeleton
    }

    #[test]
    fn an_empty_home_gets_files_directories_and_links() {
        let root = tempfile::tempdir().unwrap();
        let (skeleton, home) = (skeleton(root.path()), root.path().join("home"));
        fs::create_dir_all(home.join("lost+found")).unwrap();
        assert!(copy_into_empty(&skeleton, &home, None).unwrap());
        assert_eq!(fs::read_to_string(home.join(".config/a")).unwrap(), "a");
        let mode = fs::metadata(home.join(".profile"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_link(home.join("link")).unwrap(),
            Path::new("/etc/shadow")
        );
    }

    #[test]
    fn a_home_that_holds_something_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let (skeleton, home) = (skeleton(root.path()), root.path().join("home"));
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join(".profile"), "mine").unwrap();
        assert!(!copy_into_empty(&skeleton, &home, None).unwrap());
        assert_eq!(fs::read_to_string(home.join(".profile")).unwrap(), "mine");
        assert!(!home.join(".config").exists());
    }
}
