//! Giving the home's files to the user.
//!
//! A helper process with root's rights walks the tree while PID 1 waits for it, no longer than
//! the budget; then services start, and the helper goes on behind them ([`helper`]). What it may
//! take is decided in [`judgement`], how it stays safe is told in [`walk`].

mod directory;
mod entry;
pub mod helper;
pub mod judgement;
mod links;
mod queue;
pub mod record;
pub mod tally;
mod trees;
pub mod walk;

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

pub use crate::control::ownership::{Ownership, State};
use crate::settings::Extent;
use crate::site::Site;
use crate::sys::pipe::{self, Waited};
use crate::sys::spawn::{OwnProgram, Place, Spawn, spawn};
use helper::Order;
use judgement::Rules;

/// How often the log tells how it gets on while it is waited for.
const EACH: Duration = Duration::from_secs(10);

/// The running helper.
#[derive(Debug)]
pub struct Helper {
    /// Its pid.
    pub pid: i32,
    /// Where it says how it gets on: [`Ownership`], a line of JSON at a time.
    pub output: OwnedFd,
    /// While this is open, the helper goes on. PID 1 is not root any more when it wants the
    /// helper to end, so that it can't send it a signal.
    pub leash: OwnedFd,
    /// How long to wait for it; none: to its end.
    pub budget: Option<Duration>,
}

/// Starts the helper.
///
/// # Errors
/// It can't be started.
pub fn start(site: &Site, rules: Rules) -> io::Result<Helper> {
    let budget = match site.home.chown {
        Extent::Always => None,
        Extent::Auto | Extent::Never => Some(site.home.chown_budget),
    };
    let (paths, needed) = (site.home.directories.clone(), site.home.needed().cloned().collect());
    let order = Order { paths, needed, rules, budget, is_recorded: true };
    let program = OwnProgram::open()?;
    let mut text = serde_json::to_vec(&order)?;
    text.push(b'\n');
    let (input, leash) = pipe::holding(&text)?;
    let (output, write_end) = pipe::for_output()?;
    let pid = spawn(Spawn {
        program: program.path(),
        argv: vec!["waiide-init".into(), "own-home".into()],
        env: Vec::new(),
        directory: "/".into(),
        stdin: Some(input),
        output: Some((write_end, pipe::standard_error()?)),
        place: Place::OwnSession,
    })?;
    Ok(Helper { pid, output, leash, budget })
}

/// What came of waiting for the helper.
#[derive(Debug)]
pub enum Progress {
    /// It has ended.
    Ended(Ownership),
    /// The budget is spent, what services need is done, and it goes on.
    GoesOn(Helper, Ownership),
    /// Somebody asked to stop first.
    Interrupted,
}

/// Waits for the helper until it has done what services need and the budget is spent, or until
/// `stop` can be read. `tell` is told now and then how it gets on.
pub fn wait(helper: Helper, stop: &impl AsFd, tell: fn(&Ownership)) -> io::Result<Progress> {
    let began = Instant::now();
    let mut told = began;
    let mut last = Ownership::default();
    loop {
        let rest = helper.budget.map(|budget| budget.saturating_sub(began.elapsed()));
        let is_needed_done = last.state != State::Preparing;
        match pipe::wait_for_either(&helper.output, stop, rest.filter(|_| is_needed_done))? {
            Waited::Second => return Ok(Progress::Interrupted),
            Waited::TimeUp => return Ok(Progress::GoesOn(helper, last)),
            Waited::First => last = read(&helper)?,
        }
        if !last.state.is_going_on() {
            return Ok(Progress::Ended(last));
        }
        if told.elapsed() >= EACH {
            tell(&last);
            told = Instant::now();
        }
    }
}

/// The last that the helper has written by now. It writes a line at once (pipe(7)).
fn read(helper: &Helper) -> io::Result<Ownership> {
    let mut text = String::new();
    match File::from(helper.output.try_clone()?).read_to_string(&mut text) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
        _ => {}
    }
    match text.lines().next_back() {
        Some(line) => Ok(serde_json::from_str(line)?),
        None => Ok(Ownership { state: State::Failed, ..Ownership::default() }),
    }
}
