//! The machine as it is: who this process is, and what the files say of the user.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::accounts::{self, PASSWD, PasswdEntry};
use crate::sys::creds::{self, Credentials};
use crate::sys::{paths, signal};

/// What was found.
#[derive(Debug, Clone)]
pub struct Host {
    /// The effective user id.
    pub uid: u32,
    /// The effective group id.
    pub gid: u32,
    /// All of its ids and rights; none where /proc can't be read.
    pub rights: Credentials,
    /// Whether this process is PID 1 of its namespace.
    pub is_init: bool,
    /// The lines of `/etc/passwd`; none where it can't be read.
    pub passwd: Vec<PasswdEntry>,
    /// The directory that HOME named, where it is one that this process can write to.
    pub writable_home: Option<PathBuf>,
}

impl Host {
    /// Looks.
    pub fn look(home_variable: Option<&str>) -> Self {
        let text = accounts::read(Path::new(PASSWD)).unwrap_or_default();
        Host {
            uid: creds::uid(),
            gid: creds::gid(),
            rights: creds::current().unwrap_or_default(),
            is_init: signal::is_init(),
            passwd: accounts::lines(&text).filter_map(PasswdEntry::parse).collect(),
            writable_home: home_variable
                .map(PathBuf::from)
                .filter(|path| path.is_absolute() && paths::may_write(path)),
        }
    }

    /// The entry of a user id.
    pub fn entry_of(&self, uid: u32) -> Option<&PasswdEntry> {
        self.passwd.iter().find(|entry| entry.uid == uid)
    }

    /// Whether `home` is there for this process, or can be made.
    pub fn can_have_home(&self, home: &Path) -> bool {
        self.uid == 0
            || paths::may_write(home)
            || (!home.exists() && home.parent().is_some_and(paths::may_write))
    }
}

/// Whether this process may not read a file that may be there.
pub fn is_hidden(path: &Path) -> bool {
    File::open(path).is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

/// Reads a token from a file: its text without the white space around it.
pub fn read_token(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map(|text| text.trim().to_owned())
}
