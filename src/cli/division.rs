//! Where the words of a command line change hands: what follows a singleuser name, one of Jupyter's
//! flags, or a program belongs to that program, to the letter.

use std::ffi::OsString;

use super::{SINGLEUSER_NAMES, Task};
use crate::settings::parse;
use crate::settings::table::SETTINGS;

/// First words that are no program, and that a person may mean.
const COMMANDS: [&str; 11] = [
    "run",
    "plan",
    "status",
    "start",
    "stop",
    "restart",
    "logs",
    "healthcheck",
    "doctor",
    "precompress",
    "help",
];
/// Those that only PID 1 starts.
const OWN: [&str; 2] = ["gateway", "own-home"];
/// From which likeness on a word may be a command, mistyped.
const LIKE: f64 = 0.75;

/// Divides the words: this program's own, and what belongs to another program.
pub fn divide(args: &[OsString]) -> (&[OsString], Option<Task>) {
    // The image's own command is `run`, and a spawner's arguments may stand behind it.
    let is_run = args.get(1).is_some_and(|word| word == "run");
    let mut position = if is_run { 2 } else { 1 };
    while let Some(word) = args.get(position) {
        if word == "--" && !is_run {
            return (own_part(args, position), program(args, position + 1));
        }
        match word.to_str() {
            Some(flag) if is_trait(flag) => {
                let rest = args.get(position..).unwrap_or_default().to_vec();
                return (own_part(args, position), Some(Task::Singleuser(rest)));
            }
            Some(flag) if flag.starts_with('-') => {
                position += if takes_next_word(flag, args.get(position + 1)) { 2 } else { 1 };
            }
            _ if is_run => return (args, None),
            Some(name) if SINGLEUSER_NAMES.contains(&name) => {
                let rest = args.get(position + 1..).unwrap_or_default().to_vec();
                return (own_part(args, position), Some(Task::Singleuser(rest)));
            }
            Some(name) if COMMANDS.contains(&name) || OWN.contains(&name) => return (args, None),
            _ => return (own_part(args, position), program(args, position)),
        }
    }
    (args, None)
}

/// The command that the first word of a program may have been meant for: it is its beginning, or
/// like it.
pub fn meant(args: &[OsString], task: &Task) -> Option<&'static str> {
    let Task::Program(words) = task else { return None };
    let word = words.first()?.to_str()?;
    let before = args.len().checked_sub(words.len() + 1).and_then(|at| args.get(at));
    if before.is_some_and(|word| word == "--") {
        return None;
    }
    let likeness = |command: &str| strsim::normalized_damerau_levenshtein(command, word);
    let begins = |command: &&&str| word.len() > 2 && command.starts_with(word);
    let like = || COMMANDS.iter().find(|command| likeness(command) >= LIKE);
    COMMANDS.iter().find(begins).or_else(like).copied()
}

/// Whether a flag is one of Jupyter's, `--Class.trait=value`: where a spawner has `args` and no
/// `cmd`, they stand alone or behind the image's `run` (DockerSpawner's `get_command`).
fn is_trait(flag: &str) -> bool {
    let name = flag.strip_prefix("--").and_then(|flag| flag.split('=').next()).unwrap_or_default();
    name.starts_with(|first: char| first.is_ascii_uppercase()) && name.contains('.')
}

fn own_part(args: &[OsString], end: usize) -> &[OsString] {
    args.get(..end).unwrap_or(args)
}

fn program(args: &[OsString], from: usize) -> Option<Task> {
    let words = args.get(from..).unwrap_or_default();
    (!words.is_empty()).then(|| Task::Program(words.to_vec()))
}

fn takes_next_word(flag: &str, next: Option<&OsString>) -> bool {
    let name = flag.trim_start_matches("--");
    let setting = SETTINGS.iter().find(|setting| setting.has_flag && setting.name == name);
    setting.is_some_and(|setting| !setting.is_switch() || next.is_some_and(is_on_or_off))
}

fn is_on_or_off(word: &OsString) -> bool {
    word.to_str().is_some_and(|text| parse::switch(text).is_ok())
}

/// This program's own words, where a switch that stands alone is on.
pub fn spelled_out(own: &[OsString]) -> Vec<OsString> {
    let is_bare = |(at, word): (usize, &OsString)| {
        let name = word.to_str()?.strip_prefix("--")?;
        let is_switch = SETTINGS.iter().any(|setting| setting.name == name && setting.is_switch());
        (is_switch && !own.get(at + 1).is_some_and(is_on_or_off)).then(|| format!("--{name}=on"))
    };
    let words = own.iter().enumerate();
    words.map(|(at, word)| is_bare((at, word)).map_or(word.clone(), OsString::from)).collect()
}
