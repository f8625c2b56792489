//! What a new home gets a copy of, as useradd(8) does.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use crate::sys::dirfd::{Dir, Kind};

/// Copies the skeleton into a home that holds nothing. Returns whether it did.
///
/// A new ext4 volume holds `lost+found`, which counts as nothing. An existing file is never
/// overwritten. The copies are the calling user's.
pub fn copy_into_empty(skeleton: &Path, home: &Path) -> io::Result<bool> {
    let home = Dir::open(home)?;
    if home.names()?.iter().any(|name| name != "lost+found") {
        return Ok(false);
    }
    copy(&Dir::open(skeleton)?, &home)?;
    Ok(true)
}

/// Copies all that can be copied, and tells of the first that can't.
fn copy(from: &Dir, to: &Dir) -> io::Result<()> {
    let copied = from.names()?.into_iter().map(|name| match copy_entry(from, to, &name) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", name.display()))),
        copied => copied,
    });
    copied.fold(Ok(()), Result::and)
}

fn copy_entry(from: &Dir, to: &Dir, name: &OsStr) -> io::Result<()> {
    let meta = from.peek(name)?;
    match meta.kind {
        Kind::Directory => copy(&from.directory(name)?, &to.make_directory(name, meta.mode)?),
        Kind::File => {
            let mut copy = to.create(name, meta.mode)?;
            io::copy(&mut from.file(name)?, &mut copy).map(drop)
        }
        Kind::Symlink => to.make_symlink(name, &from.read_link(name)?),
        Kind::Device | Kind::Other => Ok(()),
    }
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
        assert!(copy_into_empty(&skeleton, &home).unwrap());
        assert_eq!(fs::read_to_string(home.join(".config/a")).unwrap(), "a");
        let mode = fs::metadata(home.join(".profile")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_link(home.join("link")).unwrap(), Path::new("/etc/shadow"));
    }

    #[test]
    fn a_home_that_holds_something_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let (skeleton, home) = (skeleton(root.path()), root.path().join("home"));
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join(".profile"), "mine").unwrap();
        assert!(!copy_into_empty(&skeleton, &home).unwrap());
        assert_eq!(fs::read_to_string(home.join(".profile")).unwrap(), "mine");
        assert!(!home.join(".config").exists());
    }
}
