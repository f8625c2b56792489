//! The machine as it is: who this process is, and what the files say of the user.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
        let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
        Host {
            uid: creds::uid(),
            gid: creds::gid(),
            rights: creds::current().unwrap_or_default(),
            is_init: signal::is_init(),
            passwd: text.lines().filter_map(PasswdEntry::parse).collect(),
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

/// A line of passwd(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswdEntry {
    /// The login name.
    pub name: String,
    /// The user id.
    pub uid: u32,
    /// The home directory.
    pub home: PathBuf,
    /// The login shell.
    pub shell: PathBuf,
}

impl PasswdEntry {
    /// Reads a line; none where it has not the seven fields.
    pub fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [name, _, uid, _, _, home, shell] => Some(PasswdEntry {
                name: (*name).to_owned(),
                uid: uid.parse().ok()?,
                home: home.into(),
                shell: shell.into(),
            }),
            _ => None,
        }
    }
}

/// Reads a token from a file: its text without the white space around it.
pub fn read_token(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map(|text| text.trim().to_owned())
}
