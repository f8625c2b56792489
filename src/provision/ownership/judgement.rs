//! Whose an entry may become, by what it is.

use serde::{Deserialize, Serialize};

use crate::sys::dirfd::{Kind, Meta};

/// Root's id: its files are always taken over.
const ROOT: u32 = 0;
/// Who may change the names in a directory besides its owner. Where there is an access control
/// list, the group's bits are the most that it gives to anybody (acl(5)).
const OTHERS_MAY_WRITE: u32 = 0o022;

/// Who gets what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rules {
    /// Whom files are given to.
    pub uid: u32,
    /// See `uid`.
    pub gid: u32,
    /// Besides root, whose files are taken over: those that the home belonged to before.
    #[serde(default)]
    pub earlier: Vec<u32>,
}

/// What is to be done with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the user's: nothing.
    Right,
    /// It is given to the user.
    Take,
    /// It is given to the user if all its names are in the home.
    TakeIfAllNamesAreHere,
    /// It is another user's, and stays that.
    Foreign,
    /// It stays as it is.
    Device,
}

impl Rules {
    /// What is to be done with an entry.
    pub fn judge(&self, meta: &Meta) -> Verdict {
        if meta.uid == self.uid {
            return Verdict::Right;
        }
        if !self.may_take_from(meta.uid) {
            return Verdict::Foreign;
        }
        match meta.kind {
            Kind::Device => Verdict::Device,
            // What a directory's count says is how many directories are in it.
            Kind::Directory => Verdict::Take,
            _ if meta.links > 1 => Verdict::TakeIfAllNamesAreHere,
            _ => Verdict::Take,
        }
    }

    /// Whether this user's files are taken over.
    pub fn may_take_from(&self, uid: u32) -> bool {
        uid == ROOT || self.earlier.contains(&uid)
    }
}

/// Whether nobody but root can change the names in a directory, so that an entry can be named
/// twice and be the same.
pub fn is_sealed(directory: &Meta) -> bool {
    directory.uid == ROOT && directory.mode & OTHERS_MAY_WRITE == 0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn file(uid: u32) -> Meta {
        let device = (8, 1);
        let (kind, mount, changed) = (Kind::File, Some(1), Duration::ZERO);
        Meta { kind, uid, gid: 5, mode: 0o644, links: 1, device, inode: 7, mount, changed }
    }

    fn rules() -> Rules {
        Rules { uid: 1000, gid: 100, earlier: vec![1001] }
    }

    #[test]
    fn roots_and_an_earlier_users_are_taken_and_nobody_elses() {
        assert_eq!(rules().judge(&file(0)), Verdict::Take);
        assert_eq!(rules().judge(&file(1001)), Verdict::Take);
        assert_eq!(rules().judge(&file(1000)), Verdict::Right);
        assert_eq!(rules().judge(&file(1002)), Verdict::Foreign);
    }

    #[test]
    fn what_may_be_reached_from_elsewhere_is_not_just_taken() {
        let linked = Meta { links: 2, ..file(0) };
        assert_eq!(rules().judge(&linked), Verdict::TakeIfAllNamesAreHere);
        let directory = Meta { kind: Kind::Directory, ..linked };
        assert_eq!(rules().judge(&directory), Verdict::Take);
        let device = Meta { kind: Kind::Device, ..file(0) };
        assert_eq!(rules().judge(&device), Verdict::Device);
        assert_eq!(rules().judge(&Meta { links: 2, ..file(1000) }), Verdict::Right);
    }

    #[test]
    fn a_directory_is_sealed_while_only_root_may_write_there() {
        let directory = |uid, mode| Meta { kind: Kind::Directory, uid, mode, ..file(0) };
        assert!(is_sealed(&directory(0, 0o755)));
        assert!(!is_sealed(&directory(0, 0o775)));
        assert!(!is_sealed(&directory(0, 0o1777)));
        assert!(!is_sealed(&directory(1000, 0o755)));
    }
}
