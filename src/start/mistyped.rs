//! A command that was mistyped. Any other first word is a program, for which the home is made right
//! first, as a start hook may bring it along: nobody wants that of a slip.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::anyhow;

use super::Failure;
use crate::cli::Task;
use crate::environment::Variables;
use crate::services::DEFAULT_PATH;

/// As shells have it.
const NOT_FOUND: i32 = 127;

/// Refuses a program that nobody can find now and whose name is like that of a command, `meant`.
///
/// # Errors
/// Its name, and what to write for the one and the other. Nothing was changed.
pub fn refuse(
    meant: Option<&'static str>,
    task: &Task,
    variables: &Variables,
) -> Result<(), Failure> {
    let (Some(meant), Task::Program(words)) = (meant, task) else { return Ok(()) };
    let path = variables.0.get(OsStr::new("PATH")).cloned();
    match words.first() {
        Some(name) if !is_there(name, &path.unwrap_or_else(|| DEFAULT_PATH.into())) => {
            let name = name.display();
            let error = anyhow!(
                "{name} is no command, and no program in PATH: did you mean {meant}? To have the \
                 home prepared and {name} looked for then: -- {name}"
            );
            Err(Failure { error, code: NOT_FOUND })
        }
        _ => Ok(()),
    }
}

fn is_there(name: &OsStr, path: &OsString) -> bool {
    let is_program = |file: &Path| {
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(path).any(|folder| is_program(&folder.join(name)))
}
