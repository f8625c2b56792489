//! What a start is made from, and what will be done. Nothing has been changed yet.

use std::path::Path;

use anyhow::Context;

use super::{Failure, Flags, OrExit, UNUSABLE, running};
use crate::cli::Task;
use crate::environment::host::{self, Host};
use crate::environment::{self, Environment, Variables};
use crate::plan::{self, Plan};
use crate::services::extra::{self, Extra};
use crate::settings::{Raw, Settings, parse};

/// What it is decided for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be done.
    Start,
    /// To be shown, perhaps to somebody who may see less than a start.
    Show,
}

/// What was decided.
#[derive(Debug)]
pub struct Decided {
    /// The settings.
    pub settings: Settings,
    /// Where this program runs.
    pub environment: Environment,
    /// The machine, and this process's rights.
    pub host: Host,
    /// The services that the image adds.
    pub extras: Vec<Extra>,
    /// What will be done.
    pub plan: Plan,
}

/// Decides.
///
/// # Errors
/// What keeps it from starting.
pub fn decide(
    flags: &Flags,
    task: &Task,
    variables: Variables,
    purpose: Purpose,
) -> Result<Decided, Failure> {
    let raw = Raw::collect(flags, &variables.0).or_exit(UNUSABLE)?;
    let settings = Settings::from_raw(raw).or_exit(UNUSABLE)?;
    let host = Host::look(variables.get("HOME"));
    // The Hub's token is kept from whoever works in the IDE's terminal, and from the user's hooks.
    let needs_token = purpose == Purpose::Start || !running::is_beside_another();
    let environment = environment::detect(&settings, task, variables, needs_token);
    let environment = environment.or_exit(UNUSABLE)?;
    let settings = with_token(settings, purpose)?;
    let extras = extras_of(task)?;
    let plan = plan::make(&settings, &environment, task, &host, &extras).or_exit(UNUSABLE)?;
    Ok(Decided { settings, environment, host, extras, plan })
}

/// The token's file is read now, as root, since the user may not be allowed to.
fn with_token(mut settings: Settings, purpose: Purpose) -> Result<Settings, Failure> {
    let given = settings.token_file.as_deref().zip(settings.raw.origin("token-file"));
    let Some((path, origin)) = given else { return Ok(settings) };
    // An admin may take it away after the start.
    let is_gone = || running::is_beside_another() && !path.exists();
    if purpose == Purpose::Show && (host::is_hidden(path) || is_gone()) {
        return Ok(settings);
    }
    let name = format!("{origin}={}", path.display());
    let text = host::read_token(path).with_context(|| name.clone()).or_exit(UNUSABLE)?;
    let token = parse::token(&text).map_err(|reason| anyhow::anyhow!("{name}: {reason}"));
    settings.token = Some(token.or_exit(UNUSABLE)?);
    Ok(settings)
}

/// The services that the image adds. A program runs without them, also where their files are wrong.
fn extras_of(task: &Task) -> Result<Vec<Extra>, Failure> {
    match task {
        Task::Program(_) => Ok(Vec::new()),
        _ => extra::read(Path::new(extra::DIRECTORY)).or_exit(UNUSABLE),
    }
}
