//! The new text of a file, as pure functions: every other line stays to the letter.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::environment::accounts::{GroupEntry, PasswdEntry, free_name, lines};
use crate::site::Account;

/// A file with one line changed or added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The whole new text.
    pub text: Vec<u8>,
    /// The line as it will be, without its end.
    pub line: Vec<u8>,
    /// What to add at the end of the old text to get the new one; empty where a line that is
    /// there changes.
    pub added: Vec<u8>,
    /// What it is for.
    pub what: What,
}

/// What an edit is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The user's entry names another home.
    Home {
        /// Whose.
        uid: u32,
        /// What it names.
        old: PathBuf,
        /// What it is to name.
        new: PathBuf,
    },
    /// The user's id has no name.
    UserName {
        /// The id.
        uid: u32,
        /// The name it gets.
        name: String,
    },
    /// The group's id has no name.
    GroupName {
        /// The id.
        gid: u32,
        /// The name it gets.
        name: String,
    },
}

impl What {
    /// For the plan.
    pub fn in_words(&self) -> String {
        match self {
            What::Home { uid, old, new } => {
                format!("user {uid}'s home becomes {} (it is {})", new.display(), old.display())
            }
            What::UserName { uid, name } => format!("user {uid} gets an entry, as {name}"),
            What::GroupName { gid, name } => format!("group {gid} gets an entry, as {name}"),
        }
    }
}

/// What to change in `/etc/passwd` for the user to have this home; none where it is right.
pub fn passwd(text: &[u8], account: &Account, home: &Path) -> Option<Edit> {
    let is_users = |line: &[u8]| PasswdEntry::parse(line).is_some_and(|e| e.uid == account.uid);
    let Some(index) = lines(text).position(is_users) else {
        let line = new_entry(account, home);
        let what = What::UserName { uid: account.uid, name: account.name.clone() };
        return Some(appended(text, line, what));
    };
    let line = lines(text).nth(index)?;
    let old = PasswdEntry::parse(line)?.home;
    if old == home {
        return None;
    }
    let line = with_home(line, home);
    let what = What::Home { uid: account.uid, old, new: home.to_owned() };
    Some(Edit { text: with_line(text, index, &line), line, added: Vec::new(), what })
}

/// What to change in `/etc/group` for the group to have a name; none where it has one.
pub fn group(text: &[u8], account: &Account) -> Option<Edit> {
    let groups: Vec<_> = lines(text).filter_map(GroupEntry::parse).collect();
    if groups.iter().any(|group| group.gid == account.gid) {
        return None;
    }
    let is_taken = |name: &str| groups.iter().any(|group| group.name == name);
    let name = free_name(&account.name, "group", account.gid, is_taken);
    let line = format!("{name}:x:{}:", account.gid).into_bytes();
    Some(appended(text, line, What::GroupName { gid: account.gid, name }))
}

fn new_entry(account: &Account, home: &Path) -> Vec<u8> {
    let Account { name, uid, gid, shell } = account;
    let mut line = format!("{name}:x:{uid}:{gid}::").into_bytes();
    line.extend_from_slice(home.as_os_str().as_bytes());
    line.push(b':');
    line.extend_from_slice(shell.as_os_str().as_bytes());
    line
}

/// A line whose home is another; fields that it lacks are there, and empty.
fn with_home(line: &[u8], home: &Path) -> Vec<u8> {
    let mut fields: Vec<&[u8]> = line.splitn(7, |byte| *byte == b':').collect();
    fields.resize(7, b"");
    fields[5] = home.as_os_str().as_bytes();
    fields.join(&b':')
}

fn with_line(text: &[u8], index: usize, line: &[u8]) -> Vec<u8> {
    let all = lines(text).enumerate();
    let all: Vec<&[u8]> = all.map(|(at, old)| if at == index { line } else { old }).collect();
    all.join(&b'\n')
}

fn appended(text: &[u8], line: Vec<u8>, what: What) -> Edit {
    let mut added = Vec::new();
    if text.last().is_some_and(|byte| *byte != b'\n') {
        added.push(b'\n');
    }
    added.extend_from_slice(&line);
    added.push(b'\n');
    Edit { text: [text, &added].concat(), line, added, what }
}

/// Whether a home can stand in a line (passwd(5) has no way to quote).
pub fn fits(home: &OsStr) -> bool {
    !home.as_bytes().iter().any(|byte| *byte == b':' || byte.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account() -> Account {
        Account { name: "calliope".into(), uid: 1000, gid: 100, shell: "/bin/bash".into() }
    }

    fn passwd_text(text: &str, home: &str) -> Option<String> {
        let edit = passwd(text.as_bytes(), &account(), Path::new(home))?;
        Some(String::from_utf8(edit.text).unwrap())
    }

    fn group_text(text: &str) -> Option<String> {
        Some(String::from_utf8(group(text.as_bytes(), &account())?.text).unwrap())
    }

    #[test]
    fn only_the_home_of_the_users_line_changes() {
        let text = "root:x:0:0:root:/root:/bin/bash\n# odd\n\
                    calliope:x:1000:100:A, B:/home/calliope:/bin/zsh\nlast:x:9:9::/:/x";
        let expected = text.replace("/home/calliope", "/home/alice");
        assert_eq!(passwd_text(text, "/home/alice"), Some(expected));
    }

    #[test]
    fn a_right_line_needs_no_change() {
        let text = "calliope:x:1000:100::/home/alice:/bin/bash\n";
        assert_eq!(passwd_text(text, "/home/alice"), None);
        assert_eq!(group_text("users:x:100:\n"), None);
    }

    #[test]
    fn of_two_lines_the_first_is_the_users() {
        let text = "a:x:1000:1::/a:/x\na:x:1000:1::/a:/x\n";
        let new = passwd_text(text, "/h").unwrap();
        assert_eq!(new, "a:x:1000:1::/h:/x\na:x:1000:1::/a:/x\n");
    }

    #[test]
    fn a_user_without_a_line_gets_one() {
        let line = "calliope:x:1000:100::/h:/bin/bash\n";
        assert_eq!(passwd_text("", "/h"), Some(line.into()));
        assert_eq!(passwd_text("a:x:1:1::/:/x", "/h"), Some(format!("a:x:1:1::/:/x\n{line}")));
    }

    #[test]
    fn a_line_that_lacks_fields_is_completed() {
        assert_eq!(passwd_text("a:x:1000:100\n", "/h"), Some("a:x:1000:100::/h:\n".into()));
    }

    #[test]
    fn a_group_without_a_name_gets_one_that_is_free() {
        assert_eq!(group_text(""), Some("calliope:x:100:\n".into()));
        let taken = "calliope:x:7:a,b";
        assert_eq!(group_text(taken), Some(format!("{taken}\ngroup100:x:100:\n")));
    }

    #[test]
    fn a_home_that_breaks_the_line_does_not_fit() {
        assert!(fits(OsStr::new("/home/O'Neil, ü")));
        for home in ["/home/a:b", "/home/a\nroot::0:0::/:/bin/sh"] {
            assert!(!fits(OsStr::new(home)), "{home}");
        }
    }

    proptest! {
        #[test]
        fn other_lines_stay_to_the_letter(
            text in proptest::collection::vec(any::<u8>(), 0..200),
            number in 0_usize..3,
        ) {
            let own = b"own:x:1000:1::/old:/x".to_vec();
            let text = match number {
                0 => text,
                1 => [text, b"\n".to_vec(), own].concat(),
                _ => [own, b"\n".to_vec(), text].concat(),
            };
            let edit = passwd(&text, &account(), Path::new("/h")).unwrap();
            let (old, new): (Vec<_>, Vec<_>) = (lines(&text).collect(), lines(&edit.text).collect());
            let changed = old.iter().zip(&new).filter(|(old, new)| old != new).count();
            // The line that changed, or the end of one that had none.
            prop_assert!(changed <= 1);
            prop_assert_eq!(passwd(&edit.text, &account(), Path::new("/h")), None);
        }
    }
}
