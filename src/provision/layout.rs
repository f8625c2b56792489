//! The directories that are always there.

use std::io;
use std::path::{Component, Path};

use super::ProvisionError;
use crate::plan::{Account, HomePlan};
use crate::settings::Extent;
use crate::sys::dirfd::{Dir, Kind};

const MODE: u32 = 0o755;

/// Makes directories.
#[derive(Debug)]
pub struct Maker<'a> {
    /// What is planned for the home.
    pub home: &'a HomePlan,
    /// Whom new directories are given to; none where this process is not root.
    pub owner: Option<&'a Account>,
}

impl Maker<'_> {
    /// Makes a directory and those above it where they are missing, and gives it to the user
    /// where it is root's. Returns whether it was made.
    ///
    /// In the home, a link that the user put in a directory's place is left alone: it is theirs.
    ///
    /// # Errors
    /// A component that is a link or a file, or what the kernel said.
    pub fn ensure(&self, path: &Path) -> Result<bool, ProvisionError> {
        self.descend(path)
            .or_else(|error| match self.is_users_link(path) {
                true => Ok(false),
                false => Err(ProvisionError::new(path, "make the directory", error)),
            })
    }

    fn descend(&self, path: &Path) -> io::Result<bool> {
        let mut dir = Dir::root()?;
        let mut so_far = Path::new("/").to_path_buf();
        let mut was_made = false;
        for component in path.components() {
            let Component::Normal(name) = component else {
                continue;
            };
            so_far.push(name);
            (dir, was_made) = match dir.directory(name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    (self.make(&dir, name, &so_far, path)?, true)
                }
                found => (found?, false),
            };
        }
        if !was_made {
            self.take_over(&dir)?;
        }
        Ok(was_made)
    }

    /// What lies in the home, and what was asked for, is the user's; what leads there is root's.
    fn make(
        &self,
        parent: &Dir,
        name: &std::ffi::OsStr,
        so_far: &Path,
        wanted: &Path,
    ) -> io::Result<Dir> {
        let made = parent.make_directory(name, MODE)?;
        match self.owner {
            Some(owner) if so_far == wanted || so_far.starts_with(&self.home.path) => {
                made.give_to(owner.uid, owner.gid)?;
            }
            _ => {}
        }
        Ok(made)
    }

    fn take_over(&self, dir: &Dir) -> io::Result<()> {
        match self.owner {
            Some(owner) if self.home.chown != Extent::Never && dir.meta()?.uid == 0 => {
                dir.give_to(owner.uid, owner.gid)
            }
            _ => Ok(()),
        }
    }

    fn is_users_link(&self, path: &Path) -> bool {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return false;
        };
        path != self.home.path
            && path.starts_with(&self.home.path)
            && Dir::open(parent)
                .and_then(|parent| parent.peek(name))
                .is_ok_and(|meta| meta.kind == Kind::Symlink)
    }
}
