//! The lines of passwd(5) and group(5), as bytes: what others have written there need not be
//! text.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::sys::files;

/// Where users are listed.
pub const PASSWD: &str = "/etc/passwd";
/// Where groups are listed.
pub const GROUP: &str = "/etc/group";

/// A million users take less.
const MOST_BYTES: u64 = 64 << 20;

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

/// A line of group(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEntry {
    /// The group's name.
    pub name: String,
    /// Its id.
    pub gid: u32,
}

impl PasswdEntry {
    /// Reads a line; none where it is no entry. Fields behind the group id may be missing, as the
    /// C library takes such a line, too (`files_parse.c`).
    pub fn parse(line: &[u8]) -> Option<Self> {
        let fields: Vec<&[u8]> = line.splitn(7, |byte| *byte == b':').collect();
        let [name, _, uid, gid, rest @ ..] = fields.as_slice() else { return None };
        id(gid)?;
        let path = |index: usize| {
            let field: Option<&&[u8]> = rest.get(index);
            field.map(|field| OsStr::from_bytes(field).into()).unwrap_or_default()
        };
        Some(PasswdEntry { name: named(name)?, uid: id(uid)?, home: path(1), shell: path(2) })
    }
}

impl GroupEntry {
    /// Reads a line; none where it is no entry.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|byte| *byte == b':');
        let name = named(fields.next()?)?;
        Some(GroupEntry { name, gid: id(fields.nth(1)?)? })
    }
}

fn named(field: &[u8]) -> Option<String> {
    (!field.is_empty()).then(|| String::from_utf8_lossy(field).into_owned())
}

fn id(field: &[u8]) -> Option<u32> {
    let is_number = field.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(field).ok().filter(|_| is_number)?.parse().ok()
}

/// The lines of such a file, without their ends.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
}

/// Reads such a file; one that is missing is empty.
///
/// # Errors
/// It is no regular file, larger than 64 MiB, or can't be read.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    match files::read_regular(path, MOST_BYTES) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}

/// A name that nobody has yet: `wanted`, or one made of the id.
pub fn free_name(wanted: &str, kind: &str, id: u32, is_taken: impl Fn(&str) -> bool) -> String {
    let further = (2..).map(|number| format!("{kind}{id}-{number}"));
    let candidates = [wanted.to_owned(), format!("{kind}{id}")].into_iter().chain(further);
    candidates.into_iter().find(|name| !is_taken(name)).unwrap_or_else(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_also_where_its_end_is_missing() {
        let entry = PasswdEntry::parse(b"ann:x:7:8:Ann\xff:/h:/bin/sh").unwrap();
        assert_eq!((entry.name.as_str(), entry.uid), ("ann", 7));
        assert_eq!((entry.home, entry.shell), ("/h".into(), "/bin/sh".into()));
        let short = PasswdEntry::parse(b"ann:x:7:8").unwrap();
        assert_eq!((short.uid, short.home), (7, PathBuf::new()));
    }

    #[test]
    fn what_is_no_entry_is_none() {
        for line in ["", "# x", "::::::", ":x:1:1::/:/x", "a:x:1", "a:x:-1:1", "a:x:1:b::/:", "+"] {
            assert_eq!(PasswdEntry::parse(line.as_bytes()), None, "{line}");
        }
        for line in ["", "a:x", "a:x:", "a:x:y:", ":x:1:"] {
            assert_eq!(GroupEntry::parse(line.as_bytes()), None, "{line}");
        }
        assert_eq!(GroupEntry::parse(b"a:x:1:b,c").map(|entry| entry.gid), Some(1));
    }

    #[test]
    fn a_name_that_is_taken_is_not_given_twice() {
        let free = |taken: &[&str]| free_name("ann", "user", 7, |name| taken.contains(&name));
        assert_eq!(free(&[]), "ann");
        assert_eq!(free(&["ann"]), "user7");
        assert_eq!(free(&["ann", "user7"]), "user7-2");
    }
}
