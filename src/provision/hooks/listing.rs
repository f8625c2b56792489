//! Which files of a directory are hooks, and in which order they run.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::sys::paths::one_line;

/// A hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Where it stands.
    pub path: PathBuf,
    /// What it is called in the log: `init.d/10-name`, on one line whatever its bytes.
    pub name: String,
}

/// What a directory holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The hooks, in the order in which they run.
    pub hooks: Vec<Hook>,
    /// What lies there and will not run, with the reason and the remedy.
    pub warnings: Vec<String>,
}

/// What a file is as far as it matters here, links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A regular file with these permission bits.
    File(u32),
    /// A directory, a device, …
    Other,
    /// A link that leads nowhere.
    Missing,
}

/// Lists a directory's hooks. A directory that isn't there has none.
///
/// # Errors
/// It can't be read.
pub fn of(directory: &Path) -> io::Result<Listing> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listing::default()),
        other => other?,
    };
    let mut names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    let mut listing = Listing::default();
    for name in names.into_iter().filter(|name| counts(name)) {
        let path = directory.join(&name);
        let kind = kind_of(&path)?;
        listing.add(directory, name, kind);
    }
    Ok(listing)
}

fn kind_of(path: &Path) -> io::Result<Kind> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() => Ok(Kind::File(meta.permissions().mode())),
        Ok(_) => Ok(Kind::Other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kind::Missing),
        Err(error) => Err(error),
    }
}

/// Whether a name can be a hook's: not one that is hidden, as a ConfigMap's own directories are,
/// and not an editor's backup.
fn counts(name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    !bytes.starts_with(b".") && !bytes.ends_with(b"~")
}

impl Listing {
    fn add(&mut self, directory: &Path, name: OsString, kind: Kind) {
        let path = directory.join(&name);
        let shown = one_line(path.as_os_str());
        match kind {
            // Whether this very process may execute it, execve(2) tells: access checks are
            // answered wrongly under some engines' seccomp filters.
            Kind::File(mode) if mode & 0o111 != 0 => {
                self.hooks.push(Hook { name: name_of(directory, &name), path });
            }
            Kind::File(_) => self.warnings.push(format!(
                "{shown}: not run, since it is not executable; chmod +x it if it is a hook. Hooks \
                 are run, never sourced."
            )),
            Kind::Other => self.warnings.push(format!(
                "{shown}: not run, since it is no regular file; put hooks into the directory itself."
            )),
            Kind::Missing => self.warnings.push(format!(
                "{shown}: not run, since the link leads nowhere; correct it or remove it."
            )),
        }
    }
}

fn name_of(directory: &Path, name: &OsStr) -> String {
    let directory = directory.file_name().unwrap_or_default();
    format!("{}/{}", one_line(directory), one_line(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_and_backups_are_no_hooks() {
        for name in [".hidden", "..data", "10-a~", "~"] {
            assert!(!counts(OsStr::new(name)), "{name}");
        }
        for name in ["10-a", "a.sh", "~a", "a.b.c", "#a", "-rf", " "] {
            assert!(counts(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn they_run_in_the_order_of_their_names_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let names: [&[u8]; 6] = [b"9-a", b"10-b", b"B", b"a", b"\xffz", b"a b\n"];
        for name in names {
            let path = dir.path().join(OsStr::from_bytes(name));
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let listing = of(dir.path()).unwrap();
        let found: Vec<_> =
            listing.hooks.iter().map(|hook| hook.path.file_name().unwrap().as_bytes()).collect();
        let sorted: [&[u8]; 6] = [b"10-b", b"9-a", b"B", b"a", b"a b\n", b"\xffz"];
        assert_eq!(found, sorted);
        assert!(listing.hooks[4].name.ends_with("/a b\\n"), "{:?}", listing.hooks[4]);
        assert!(listing.warnings.is_empty());
    }

    #[test]
    fn what_will_not_run_is_named_with_the_remedy() {
        let mut listing = Listing::default();
        let dir = Path::new("/d/init.d");
        for kind in [Kind::File(0o644), Kind::Other, Kind::Missing] {
            listing.add(dir, "x".into(), kind);
        }
        listing.add(dir, "y".into(), Kind::File(0o100));
        let names: Vec<_> = listing.hooks.iter().map(|hook| hook.name.as_str()).collect();
        assert_eq!(names, ["init.d/y"]);
        assert_eq!(listing.warnings.len(), 3);
        assert!(
            listing.warnings[0].contains("/d/init.d/x") && listing.warnings[0].contains("chmod +x")
        );
    }

    #[test]
    fn no_directory_is_no_hooks_and_a_file_in_its_place_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(of(&dir.path().join("none")).unwrap(), Listing::default());
        fs::write(dir.path().join("file"), "").unwrap();
        assert!(of(&dir.path().join("file")).is_err());
    }
}
