//! The file by which a hook sets variables for what follows: docker's `--env-file` format.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::settings::table::{HOOKS_FILE, SETTINGS};
use crate::sys::creds;

/// The most that the file may hold, in bytes.
const MOST_BYTES: u64 = 64 * 1024;
/// Variables that say whom something runs as; they follow from the settings and /etc/passwd.
const IDENTITY: [&str; 4] = ["HOME", "LOGNAME", "SHELL", "USER"];
/// The Hub's variables that the environment was found out from. Others of its may be set.
const HUB: [&str; 18] = [
    "JPY_API_TOKEN",
    "JUPYTERHUB_ACTIVITY_URL",
    "JUPYTERHUB_API_TOKEN",
    "JUPYTERHUB_API_URL",
    "JUPYTERHUB_BASE_URL",
    "JUPYTERHUB_CLIENT_ID",
    "JUPYTERHUB_DEFAULT_URL",
    "JUPYTERHUB_HOST",
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES",
    "JUPYTERHUB_OAUTH_CALLBACK_URL",
    "JUPYTERHUB_OAUTH_SCOPES",
    "JUPYTERHUB_SERVER_NAME",
    "JUPYTERHUB_SERVICE_PREFIX",
    "JUPYTERHUB_SERVICE_URL",
    "JUPYTERHUB_SSL_CERTFILE",
    "JUPYTERHUB_SSL_CLIENT_CA",
    "JUPYTERHUB_SSL_KEYFILE",
    "JUPYTERHUB_USER",
];

/// A line that sets nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of {HOOKS_FILE}: {fault}")]
pub struct LineError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: LineFault,
}

/// What is wrong with a line. Values are not shown: they may be secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// No `=`.
    #[error("it has no `=`; write NAME=value, one variable a line")]
    NoValue,
    /// The name can't be a variable's.
    #[error(
        "what stands before the `=` is no variable's name; write NAME=value, without `export`, \
         with a NAME of letters, digits and _"
    )]
    Name,
    /// execve(2) can't hand such a value on.
    #[error("the value of {0} holds a NUL byte; leave it out")]
    Nul(String),
    /// Settings have been read by now.
    #[error(
        "{0} would be a setting, and those have been read by now; set it on the container instead"
    )]
    Setting(String),
    /// The Hub's variables have been read by now.
    #[error(
        "{0} is the Hub's, and what the Hub says has been read by now; set it on the container \
         instead (Spawner.environment)"
    )]
    Hub(String),
    /// It would say wrongly whom something runs as.
    #[error("{0} follows from the user: set WAIIDE_HOME, WAIIDE_UID or the image's /etc/passwd")]
    Identity(String),
}

/// Reads lines `NAME=value`. Blank lines and those that begin with `#` count for nothing, white
/// space before a name neither; a value goes to the end of its line, quotes and all.
///
/// # Errors
/// The first line that is something else.
pub fn parse(text: &[u8]) -> Result<Vec<(OsString, OsString)>, LineError> {
    let mut variables = Vec::new();
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_start();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        variables.push(parse_line(line).map_err(|fault| LineError { line: index + 1, fault })?);
    }
    Ok(variables)
}

fn parse_line(line: &[u8]) -> Result<(OsString, OsString), LineFault> {
    let equals = line.iter().position(|byte| *byte == b'=').ok_or(LineFault::NoValue)?;
    let (name, value) = line.split_at(equals);
    let value = value.get(1..).unwrap_or_default();
    let name = variable_name(name).ok_or(LineFault::Name)?;
    match name.as_str() {
        setting if is_setting(setting) => Err(LineFault::Setting(name)),
        hub if HUB.contains(&hub) => Err(LineFault::Hub(name)),
        identity if IDENTITY.contains(&identity) => Err(LineFault::Identity(name)),
        _ if value.contains(&0) => Err(LineFault::Nul(name)),
        _ => Ok((name.into(), OsString::from_vec(value.to_vec()))),
    }
}

/// Whether a variable is this program's own; settings have names of others' too, such as `NB_UID`.
fn is_setting(name: &str) -> bool {
    let mut others = SETTINGS.iter().flat_map(|setting| setting.variables);
    name.starts_with("WAIIDE_") || others.any(|variable| *variable == name)
}

/// A name that every shell can use (POSIX.1-2024, XBD 8.1).
fn variable_name(name: &[u8]) -> Option<String> {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let may_follow = |byte: &u8| is_letter(byte) || byte.is_ascii_digit();
    let is_name = name.first().is_some_and(is_letter) && name.iter().all(may_follow);
    is_name.then(|| String::from_utf8_lossy(name).into_owned())
}

/// An empty file that only the one who made it can read and write, in a directory of its own,
/// so that a hook may also replace it. Both are removed when this is dropped.
#[derive(Debug)]
pub struct EnvFile {
    directory: PathBuf,
}

impl EnvFile {
    /// Makes one in the first of these directories where that can be done and nobody else can
    /// interfere.
    ///
    /// # Errors
    /// None of them will do; what the last one said.
    pub fn make(directories: &[PathBuf]) -> io::Result<Self> {
        let mut result = Err(io::ErrorKind::NotFound.into());
        for directory in directories {
            result = make_in(directory);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.directory.join("env")
    }

    /// What a hook wrote; nothing where it removed the file.
    ///
    /// # Errors
    /// It is too large, or no file any more.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let file = match File::options().read(true).custom_flags(flags).open(self.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is no regular file any more"));
        }
        let mut text = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut text)?;
        match text.len() as u64 > MOST_BYTES {
            true => Err(io::Error::other(format!("it is larger than {MOST_BYTES} bytes"))),
            false => Ok(text),
        }
    }
}

impl Drop for EnvFile {
    fn drop(&mut self) {
        // Nobody else can put anything there; what a hook put there goes with it.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn make_in(parent: &Path) -> io::Result<EnvFile> {
    let meta = fs::symlink_metadata(parent)?;
    if !meta.is_dir() || !is_safe(meta.uid(), meta.mode(), creds::uid()) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others may interfere there"));
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let name = format!("waiide-hook-{}-{}", std::process::id(), now.as_nanos());
    let directory = parent.join(name);
    // mkdir(2) fails where anything stands, a link too.
    DirBuilder::new().mode(0o700).create(&directory)?;
    let made = EnvFile { directory };
    File::options().write(true).create_new(true).mode(0o600).open(made.path())?;
    Ok(made)
}

/// Whether what this process makes in a directory can be moved away or removed by nobody else.
fn is_safe(uid: u32, mode: u32, own: u32) -> bool {
    [0, own].contains(&uid) && (mode & 0o022 == 0 || mode & libc::S_ISVTX != 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Vec<(String, String)> {
        let variables = parse(text.as_bytes()).unwrap();
        let text = |text: OsString| text.into_string().unwrap();
        variables.into_iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    fn fault(text: &[u8]) -> (usize, LineFault) {
        let error = parse(text).unwrap_err();
        (error.line, error.fault)
    }

    #[test]
    fn a_value_goes_to_the_end_of_its_line() {
        let pairs = parsed("# comment\n\n  A=1 # no comment\nB=\"x y\"\r\nC=\n\t\nD==a=b");
        let expected = [("A", "1 # no comment"), ("B", "\"x y\""), ("C", ""), ("D", "=a=b")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_value_need_not_be_utf8() {
        assert_eq!(parse(b"A=\xff").unwrap(), [("A".into(), OsString::from_vec(vec![0xff]))]);
    }

    #[test]
    fn a_line_that_sets_nothing_is_named_by_its_number() {
        assert_eq!(fault(b"A=1\n\nnonsense\n"), (3, LineFault::NoValue));
        for text in ["export A=1", "=1", "A B=1", "1A=1", "a-b=1", "\u{e4}=1", "A =1"] {
            assert_eq!(fault(text.as_bytes()), (1, LineFault::Name), "{text}");
        }
        assert_eq!(fault(b"A=\0"), (1, LineFault::Nul("A".into())));
        assert_eq!(fault(b"#\nWAIIDE_PORT=1"), (2, LineFault::Setting("WAIIDE_PORT".into())));
        assert_eq!(fault(b"HOME=/root"), (1, LineFault::Identity("HOME".into())));
    }

    #[test]
    fn what_the_plan_was_made_from_cannot_be_set_any_more() {
        for name in SETTINGS.iter().flat_map(|setting| setting.variables) {
            let expected = (1, LineFault::Setting((*name).to_owned()));
            assert_eq!(fault(format!("{name}=1").as_bytes()), expected);
        }
        assert_eq!(fault(b"JUPYTERHUB_USER=a"), (1, LineFault::Hub("JUPYTERHUB_USER".into())));
        assert_eq!(parsed("JUPYTERHUB_SINGLEUSER_APP=x\nNB_USER=x").len(), 2);
    }

    #[test]
    fn all_that_is_read_of_the_hubs_is_known_here() {
        let sources = [
            include_str!("../../environment/mod.rs"),
            include_str!("../../environment/hub/mod.rs"),
            include_str!("../../environment/hub/agreement.rs"),
            include_str!("../../environment/hub/server.rs"),
            include_str!("../../environment/repairs/addresses.rs"),
            include_str!("../../environment/repairs/scopes.rs"),
            include_str!("../../site.rs"),
        ];
        let strings = sources.iter().flat_map(|source| source.split('"'));
        let is_name = |text: &&str| {
            variable_name(text.as_bytes()).is_some()
                && (text.starts_with("JUPYTERHUB_") || text.starts_with("JPY_"))
        };
        let read: BTreeSet<_> = strings.filter(is_name).collect();
        assert_eq!(read, BTreeSet::from(HUB));
    }

    #[test]
    fn an_error_holds_no_value() {
        let error = parse(b"WAIIDE_TOKEN=hunter2").unwrap_err().to_string();
        assert!(error.contains("WAIIDE_TOKEN") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_directory_where_others_may_interfere_will_not_do() {
        assert!(is_safe(0, 0o755, 1000));
        assert!(is_safe(1000, 0o700, 1000));
        assert!(is_safe(0, 0o1777, 1000));
        assert!(!is_safe(0, 0o777, 1000));
        assert!(!is_safe(0, 0o775, 0));
        assert!(!is_safe(1000, 0o755, 0));
        assert!(!is_safe(1001, 0o1777, 1000));
    }

    #[test]
    fn the_file_is_private_and_goes_away() {
        let parent = tempfile::tempdir().unwrap();
        let missing = parent.path().join("missing");
        let file = EnvFile::make(&[missing, parent.path().to_owned()]).unwrap();
        assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&file.directory).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(file.path(), "A=1").unwrap();
        assert_eq!(file.read().unwrap(), b"A=1");
        drop(file);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_hook_made_of_the_file_is_looked_at_first() {
        let parent = tempfile::tempdir().unwrap();
        let file = EnvFile::make(&[parent.path().to_owned()]).unwrap();
        fs::write(file.path(), vec![b'#'; MOST_BYTES as usize]).unwrap();
        assert!(file.read().is_ok());
        fs::write(file.path(), vec![b'#'; MOST_BYTES as usize + 1]).unwrap();
        assert!(file.read().is_err());
        fs::remove_file(file.path()).unwrap();
        assert!(file.read().unwrap().is_empty());
        symlink("/etc/passwd", file.path()).unwrap();
        assert!(file.read().is_err());
        fs::remove_file(file.path()).unwrap();
        nix::unistd::mkfifo(&file.path(), nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
        assert!(file.read().is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_read_can_be_handed_on(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            for (name, value) in parse(&text).unwrap_or_default() {
                let (name, value) = (name.into_vec(), value.into_vec());
                prop_assert!(!name.is_empty() && !name.contains(&b'='));
                prop_assert!(!name.contains(&0) && !value.contains(&0) && !value.contains(&b'\n'));
            }
        }

        #[test]
        fn what_is_written_comes_back(
            name in "[A-Z_][A-Z0-9_]{0,8}",
            value in "[^\\r\\n\\x00]{0,20}",
        ) {
            prop_assume!(!is_setting(&name) && !IDENTITY.contains(&name.as_str()));
            let read = parsed(&format!("{name}={value}\n"));
            prop_assert_eq!(read, [(name, value)]);
        }
    }
}
