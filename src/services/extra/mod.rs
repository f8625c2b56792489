//! Services that an image adds: one file for each in `/etc/waiide/services.d`, in TOML.
//!
//! ```toml
//! command = ["ssh-agent", "-D", "-a", "/run/waiide/agent.sock"]
//! readiness = { unix = "/run/waiide/agent.sock" }
//! ```

mod file;
mod needs;

use std::fs;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::{Readiness, Service, fill_in, is_built_in, user_environment, without_hub_secrets};
use crate::environment::Environment;
use crate::settings::Settings;
use crate::site::Site;
use file::Text;
pub use needs::check as check_needs;

/// Where the files are.
pub const DIRECTORY: &str = "/etc/waiide/services.d";

/// A service that an image adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// The file that it comes from.
    pub file: PathBuf,
    /// What it is called.
    pub name: String,
    /// The services that it needs, each with the line where that is said.
    needs: Vec<(String, usize)>,
    text: Text,
}

/// A file that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct ExtraError {
    /// Which one.
    pub file: String,
    /// Where in it, counted from 1; none: it is about the whole file.
    pub line: Option<usize>,
    /// Why, and what would do.
    pub reason: String,
}

impl ExtraError {
    fn new(file: &Path, line: Option<usize>, reason: impl Into<String>) -> Self {
        ExtraError { file: file.display().to_string(), line, reason: reason.into() }
    }
}

/// Reads the files of a directory whose names end in `.toml`, in the order of their names. A
/// directory that is not there holds none.
///
/// # Errors
/// A file that can't be read or used, or two of one name.
pub fn read(directory: &Path) -> Result<Vec<Extra>, ExtraError> {
    let mut extras: Vec<Extra> = Vec::new();
    for path in files(directory)? {
        let text = fs::read_to_string(&path)
            .map_err(|error| ExtraError::new(&path, None, format!("can't be read: {error}")))?;
        let extra = Extra::parse(&path, &text)?;
        if let Some(other) = extras.iter().find(|other| other.name == extra.name) {
            let other = other.file.display();
            let reason =
                format!("{other} has a service {:?} already: give another name", extra.name);
            return Err(ExtraError::new(&path, None, reason));
        }
        extras.push(extra);
    }
    Ok(extras)
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, ExtraError> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other,
    };
    let failed = |error| ExtraError::new(directory, None, format!("can't be read: {error}"));
    let mut files = Vec::new();
    for entry in entries.map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
        if !is_hidden && path.extension().is_some_and(|end| end == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl Extra {
    /// Reads one file's text.
    ///
    /// # Errors
    /// It is not TOML, or says what makes no sense.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ExtraError> {
        let read =
            Text::parse(text).map_err(|(line, reason)| ExtraError::new(file, line, reason))?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let line_of = |place: &Spanned<String>| file::line_of(text, place.span().start);
        let (line, name) = match &read.name {
            Some(given) => (Some(line_of(given)), given.get_ref().clone()),
            None => (None, stem),
        };
        check_name(&name).map_err(|reason| ExtraError::new(file, line, reason))?;
        let needs = read.needs.iter().map(|need| (need.get_ref().clone(), line_of(need))).collect();
        Ok(Extra { file: file.to_owned(), name, needs, text: read })
    }

    /// How it is started: like the IDE, as the user, without the Hub's credentials.
    pub fn service(&self, site: &Site, settings: &Settings, environment: &Environment) -> Service {
        let text = &self.text;
        let fill = |value: &String| fill_in(value, site);
        let mut env = without_hub_secrets(user_environment(site, &environment.variables));
        env.extend(
            text.environment.0.iter().map(|(name, value)| (name.into(), fill(value).into())),
        );
        let home = || site.home.path.clone();
        let directory = text.directory.as_ref().map_or_else(home, |dir| fill(&dir.0).into());
        let argv = text.command.0.iter().map(|word| fill(word).into()).collect();
        let ready = text.readiness.as_ref();
        Service {
            env,
            readiness: ready.map_or(Readiness::Runs, |ready| Readiness::Answers(ready.ask(fill))),
            patience: ready.and_then(|ready| ready.timeout).or(settings.ready_timeout),
            on_end: text.restart.into(),
            stop_signal: text.stop_signal.0,
            needs: self.needs.iter().map(|(name, _)| name.clone()).collect(),
            is_optional: text.optional,
            ..Service::new(&self.name, argv, directory)
        }
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_fine = (1..=63).contains(&name.len())
        && name.bytes().all(|byte| is_plain(byte) || b"-_.".contains(&byte))
        && name.bytes().next().is_some_and(is_plain);
    match (is_fine, is_built_in(name) || name == crate::control::protocol::OWN) {
        (false, _) => Err(format!(
            "{name:?} is no name for a service: it begins with a lower-case letter or a digit, \
             goes on with these, `-`, `_` and `.`, and has 63 bytes at the most"
        )),
        (_, true) => Err(format!("{name:?} is a service of waiide-init's own: give another name")),
        _ => Ok(()),
    }
}
