//! What hooks there are, for `waiide-init plan`: by reading alone.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::listing::{self, Listing};
use super::{INIT_D, USER_D, trusted};

/// A directory of hooks as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Survey {
    /// The directory.
    pub directory: PathBuf,
    /// As whom its hooks run.
    pub runs_as: &'static str,
    /// The hooks that would run, in their order.
    pub hooks: Vec<String>,
    /// What would not, and why.
    pub warnings: Vec<String>,
    /// What would stop the start.
    pub errors: Vec<String>,
}

/// Looks at both directories.
pub fn look(is_root: bool) -> Vec<Survey> {
    let user = of(Path::new(USER_D), "the user", |_| Vec::new());
    if is_root {
        let distrust = |found: &Listing| {
            let errors = found.hooks.iter().filter_map(|hook| trusted(hook).err());
            errors.map(|error| error.to_string()).collect()
        };
        return vec![of(Path::new(INIT_D), "root", distrust), user];
    }
    let warnings = without_root(Path::new(INIT_D)).into_iter().collect();
    vec![Survey { warnings, ..empty(Path::new(INIT_D), "root") }, user]
}

/// What is said where root's hooks lie and this process isn't root.
pub fn without_root(directory: &Path) -> Option<String> {
    let what = match listing::of(directory) {
        Ok(found) if found.hooks.is_empty() => return None,
        Ok(found) => names(&found).join(", "),
        Err(error) => format!("which ones, can't be read: {error}"),
    };
    Some(format!(
        "{}: root's start hooks are not run ({what}), since the container was not started as \
         root. Start it as root, which is given up before anything is served, or move them to \
         {USER_D}.",
        directory.display()
    ))
}

fn of(directory: &Path, runs_as: &'static str, errors: impl Fn(&Listing) -> Vec<String>) -> Survey {
    match listing::of(directory) {
        Ok(found) => Survey {
            hooks: names(&found),
            errors: errors(&found),
            warnings: found.warnings,
            ..empty(directory, runs_as)
        },
        Err(error) => {
            let errors = vec![format!("{}: can't be read: {error}", directory.display())];
            Survey { errors, ..empty(directory, runs_as) }
        }
    }
}

fn names(found: &Listing) -> Vec<String> {
    found.hooks.iter().map(|hook| hook.name.clone()).collect()
}

fn empty(directory: &Path, runs_as: &'static str) -> Survey {
    let directory = directory.to_owned();
    Survey { directory, runs_as, hooks: Vec::new(), warnings: Vec::new(), errors: Vec::new() }
}
