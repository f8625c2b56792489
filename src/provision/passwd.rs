//! The user's line in `/etc/passwd`. Programs such as ssh take the home directory from there and
//! not from HOME.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::environment::host::PasswdEntry;
use crate::site::Account;
use crate::sys::dirfd::{Dir, give_file_to};

/// Gives the user's entry this home, or makes an entry where there is none.
///
/// # Errors
/// In words, with what will not work.
pub fn update(account: &Account, home: &Path) -> Result<(), String> {
    rewrite(account, home).map_err(|error| {
        format!(
            "/etc/passwd: can't set the home directory of user {}: {error}. ssh, sudo and others \
             that look it up there will not find {}.",
            account.uid,
            home.display()
        )
    })
}

fn rewrite(account: &Account, home: &Path) -> io::Result<()> {
    let text = match fs::read_to_string("/etc/passwd") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        other => other?,
    };
    match edited(&text, account, &home.to_string_lossy()) {
        Some(new) => replace(&new),
        None => Ok(()),
    }
}

/// Writes a new file beside the old one and renames it: a reader sees the one or the other.
fn replace(text: &str) -> io::Result<()> {
    let etc = Dir::open(Path::new("/etc"))?;
    let (name, new) = (OsStr::new("passwd"), OsStr::new(".passwd.waiide-init"));
    let (mode, uid, gid) = match etc.peek(name) {
        Ok(meta) => (meta.mode, meta.uid, meta.gid),
        Err(_) => (0o644, 0, 0),
    };
    // One that a start before this one was interrupted in.
    let _ = etc.remove(new);
    let mut file = etc.create(new, mode)?;
    file.write_all(text.as_bytes())?;
    give_file_to(&file, uid, gid)?;
    file.sync_all()?;
    etc.rename(new, name).inspect_err(|_| {
        let _ = etc.remove(new);
    })
}

/// The file's new text; none where it is right as it is. Every other line stays to the letter.
fn edited(text: &str, account: &Account, home: &str) -> Option<String> {
    let is_users = |line: &&str| PasswdEntry::parse(line).is_some_and(|e| e.uid == account.uid);
    let Some(line) = text.lines().find(is_users) else {
        return Some(appended(text, account, home));
    };
    let mut fields: Vec<&str> = line.split(':').collect();
    let field = fields.get_mut(5).filter(|field| **field != home)?;
    *field = home;
    let new = fields.join(":");
    let lines = text.split('\n').map(|each| if each == line { new.as_str() } else { each });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn appended(text: &str, account: &Account, home: &str) -> String {
    let is_taken = |name: &str| text.lines().any(|line| line.split(':').next() == Some(name));
    let name = match is_taken(&account.name) {
        true => format!("user{}", account.uid),
        false => account.name.clone(),
    };
    let separator = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let (uid, gid, shell) = (account.uid, account.gid, account.shell.display());
    format!("{text}{separator}{name}:x:{uid}:{gid}::{home}:{shell}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account { name: "calliope".into(), uid: 1000, gid: 100, shell: "/bin/bash".into() }
    }

    #[test]
    fn only_the_home_of_the_users_line_changes() {
        let text = "root:x:0:0:root:/root:/bin/bash\n# odd\n\
                    calliope:x:1000:100:A, B:/home/calliope:/bin/zsh\nlast:x:9:9::/:/x";
        let expected = text.replace("/home/calliope", "/home/alice");
        assert_eq!(edited(text, &account(), "/home/alice"), Some(expected));
    }

    #[test]
    fn a_right_line_needs_no_change() {
        let text = "calliope:x:1000:100::/home/alice:/bin/bash\n";
        assert_eq!(edited(text, &account(), "/home/alice"), None);
    }

    #[test]
    fn a_user_without_a_line_gets_one() {
        let line = "calliope:x:1000:100::/h:/bin/bash\n";
        assert_eq!(edited("", &account(), "/h"), Some(line.into()));
        assert_eq!(
            edited("a:x:1:1::/:/x", &account(), "/h"),
            Some(format!("a:x:1:1::/:/x\n{line}"))
        );
    }

    #[test]
    fn a_name_that_another_user_has_is_not_taken() {
        let text = "calliope:x:7:7::/:/x\n";
        let new = edited(text, &account(), "/h").unwrap();
        assert!(new.ends_with("user1000:x:1000:100::/h:/bin/bash\n"), "{new}");
    }
}
