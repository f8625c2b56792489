//! `~/.ssh`: what ssh(1) and sshd(8) refuse to use because others may read or write it, and public
//! files that others could change. Kubernetes' fsGroup gives the group every right at each mount.
//!
//! With the user's rights, at each start; by descriptor, following no link; nothing is written
//! where it is right.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use serde::{Serialize, Serializer};

use crate::sys::dirfd::{Dir, Kind, Meta};

const NAME: &str = ".ssh";
/// The permission bits, with those that are no permissions of reading, writing or executing.
const ALL: u32 = 0o7777;
/// Group and others, any right.
const OTHERS: u32 = 0o077;
/// Group and others, the right to write.
const OTHERS_WRITE: u32 = 0o022;

/// How many files are looked at.
const MOST: usize = 1000;

/// Permissions that are to be others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// The file in `~/.ssh`; none: that directory itself.
    #[serde(rename = "path", serialize_with = "as_path")]
    name: Option<OsString>,
    #[serde(serialize_with = "as_octal")]
    from: u32,
    #[serde(serialize_with = "as_octal")]
    to: u32,
}

impl Fix {
    /// For the log and the plan.
    pub fn in_words(&self) -> String {
        let (from, to) = (octal(self.from), octal(self.to));
        format!("{}: {from} becomes {to}", shown(self.name.as_deref()))
    }
}

fn shown(name: Option<&OsStr>) -> String {
    let directory = Path::new("~").join(NAME);
    let path = name.map_or(directory.clone(), |name| directory.join(name));
    // The user may have given it a name that a terminal would act on.
    path.to_string_lossy().escape_debug().to_string()
}

fn octal(mode: u32) -> String {
    format!("{mode:04o}")
}

fn as_path<S: Serializer>(name: &Option<OsString>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&shown(name.as_deref()))
}

fn as_octal<S: Serializer>(mode: &u32, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&octal(*mode))
}

/// What has to be changed, for the user with this id. Changes nothing. Of a directory with more
/// files than anybody has keys, it is only the directory: services wait for this.
///
/// # Errors
/// The directory can't be read.
pub fn survey(home: &Path, uid: u32) -> io::Result<Vec<Fix>> {
    match Dir::open(home)?.directory(OsStr::new(NAME)) {
        Ok(dir) => in_directory(&dir, uid),
        // None, or something of the user's own making.
        Err(_) => Ok(Vec::new()),
    }
}

fn in_directory(dir: &Dir, uid: u32) -> io::Result<Vec<Fix>> {
    let own = dir.meta()?;
    if own.uid != uid {
        return Ok(Vec::new());
    }
    let mut fixes = Vec::new();
    fixes.extend(fix(None, own.mode, OTHERS));
    let names = dir.names()?;
    if names.len() > MOST {
        return Ok(fixes);
    }
    for name in names {
        let meta = dir.peek(name.as_os_str())?;
        if is_users_file(&meta, uid) {
            fixes.extend(fix(Some(&name), meta.mode, too_much(&name)));
        }
    }
    fixes.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(fixes)
}

fn is_users_file(meta: &Meta, uid: u32) -> bool {
    meta.kind == Kind::File && meta.uid == uid && meta.links == 1
}

fn fix(name: Option<&OsStr>, mode: u32, too_much: u32) -> Option<Fix> {
    let to = mode & !too_much;
    (to != mode).then(|| Fix { name: name.map(OsStr::to_owned), from: mode, to })
}

/// What others must not have. Of what holds no secret, ssh asks no more than that they can't write
/// it; any other name may be a private key's.
fn too_much(name: &OsStr) -> u32 {
    let name = name.as_encoded_bytes();
    let is_public = name == b"config"
        || name.ends_with(b".pub")
        || [&b"known_hosts"[..], b"authorized_keys"].iter().any(|start| name.starts_with(start));
    match is_public {
        true => OTHERS_WRITE,
        false => OTHERS,
    }
}

/// Changes permissions as decided. What is another file by now is left alone.
///
/// # Errors
/// What the kernel said, or `Unsupported` where the permissions are what they were: CIFS and some
/// FUSE file systems take chmod(2) and do nothing.
pub fn carry_out(home: &Path, uid: u32, fix: &Fix) -> io::Result<()> {
    let dir = Dir::open(home)?.directory(OsStr::new(NAME))?;
    let Some(name) = &fix.name else {
        dir.set_mode(fix.to)?;
        return check(dir.meta()?.mode, fix);
    };
    let file = dir.file(name)?;
    let meta = file.metadata()?;
    if !meta.is_file() || meta.uid() != uid || meta.nlink() != 1 {
        return Ok(());
    }
    file.set_permissions(PermissionsExt::from_mode(fix.to))?;
    check(file.metadata()?.mode() & ALL, fix)
}

/// Whether a right is left that was to go.
fn check(mode: u32, fix: &Fix) -> io::Result<()> {
    let text = || format!("the file system took the change, and it still is {}", octal(mode));
    match mode & !fix.to {
        0 => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::Unsupported, text())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::symlink;

    use super::*;

    fn home(files: &[(&str, u32)]) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let ssh = home.path().join(NAME);
        fs::create_dir(&ssh).unwrap();
        fs::set_permissions(&ssh, Permissions::from_mode(0o2775)).unwrap();
        for (name, mode) in files {
            fs::write(ssh.join(name), "x").unwrap();
            fs::set_permissions(ssh.join(name), Permissions::from_mode(*mode)).unwrap();
        }
        home
    }

    fn uid() -> u32 {
        nix::unistd::geteuid().as_raw()
    }

    #[test]
    fn each_file_loses_what_ssh_objects_to_and_no_more() {
        let home = home(&[
            ("id_ed25519", 0o660),
            ("id_ed25519.pub", 0o664),
            ("known_hosts.old", 0o666),
            ("config", 0o664),
            ("authorized_keys", 0o644),
            ("config.pem", 0o644),
            ("right", 0o600),
        ]);
        let fixes = survey(home.path(), uid()).unwrap();
        let words: Vec<_> = fixes.iter().map(Fix::in_words).collect();
        assert_eq!(
            words,
            [
                "~/.ssh: 2775 becomes 2700",
                "~/.ssh/config: 0664 becomes 0644",
                "~/.ssh/config.pem: 0644 becomes 0600",
                "~/.ssh/id_ed25519: 0660 becomes 0600",
                "~/.ssh/id_ed25519.pub: 0664 becomes 0644",
                "~/.ssh/known_hosts.old: 0666 becomes 0644",
            ]
        );
        for fix in &fixes {
            carry_out(home.path(), uid(), fix).unwrap();
        }
        assert_eq!(survey(home.path(), uid()).unwrap(), []);
    }

    #[test]
    fn a_name_is_shown_so_that_no_terminal_acts_on_it() {
        let home = home(&[("a\u{1b}]0;b\u{7}\nc", 0o660)]);
        let fixes = survey(home.path(), uid()).unwrap();
        let words = fixes.last().map(Fix::in_words).unwrap();
        assert_eq!(words, r"~/.ssh/a\u{1b}]0;b\u{7}\nc: 0660 becomes 0600");
    }

    #[test]
    fn more_files_than_keys_are_not_looked_at_one_by_one() {
        let home = home(&[("id", 0o660)]);
        (0..MOST).for_each(|n| fs::write(home.path().join(NAME).join(n.to_string()), "").unwrap());
        let fixes = survey(home.path(), uid()).unwrap();
        assert_eq!(
            fixes.iter().map(Fix::in_words).collect::<Vec<_>>(),
            ["~/.ssh: 2775 becomes 2700"]
        );
    }

    #[test]
    fn links_and_files_with_two_names_are_left() {
        let home = home(&[("id", 0o660)]);
        let ssh = home.path().join(NAME);
        fs::hard_link(ssh.join("id"), home.path().join("other")).unwrap();
        symlink("/etc/passwd", ssh.join("config")).unwrap();
        let fixes = survey(home.path(), uid()).unwrap();
        assert_eq!(fixes.len(), 1, "{fixes:?}");
        // Even where it was decided on before.
        let late = Fix { name: Some("config".into()), from: 0o644, to: 0o600 };
        assert!(carry_out(home.path(), uid(), &late).is_err());
    }

    #[test]
    fn what_is_somebody_elses_or_not_there_is_nothing_to_do() {
        let home = home(&[("id", 0o666)]);
        assert_eq!(survey(home.path(), uid() + 1).unwrap(), []);
        assert_eq!(survey(Path::new("/proc"), uid()).unwrap(), []);
    }
}
