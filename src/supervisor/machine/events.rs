//! What goes into the machine, and what comes out of it.

use crate::services::OnEnd;
use crate::supervisor::restart::Verdict;
use crate::sys::wait::Ending;

/// A service's place in the list of services.
pub type Id = usize;

/// What the machine has to know of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// It has the public port, and is stopped first.
    pub is_front: bool,
    /// A probe tells when it is ready.
    pub is_probed: bool,
    /// What its end means.
    pub on_end: OnEnd,
}

/// What a person may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Have it run.
    Start,
    /// Have it not run.
    Stop,
    /// Have it run with a new process.
    Restart,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The beginning.
    Begin,
    /// A [`Action::Spawn`] led to a process.
    Spawned(Id, i32),
    /// A [`Action::Spawn`] did not.
    NotSpawned(Id),
    /// A main process ended.
    Ended(Id, i32, Ending),
    /// A probe of this process found something.
    Probed(Id, i32, bool),
    /// Somebody asked for something.
    Asked(Id, Verb),
    /// Everything is to end; the exit code will be this.
    Stop(i32),
    /// The same, at once.
    Kill,
    /// There is no child any more.
    Childless,
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Start a main process, and say how that went.
    Spawn(Id),
    /// Send a signal to a main process.
    Signal(Id, i32, i32),
    /// Send a signal to what is left of a session whose leader has ended.
    SignalSession(i32, i32),
    /// Tell everything that is left to end, but these processes, which were told already.
    EndRest(Vec<i32>),
    /// Kill everything that is left.
    KillAll,
    /// Tell that a service changed.
    Changed(Id),
    /// Tell of an unexpected end, and when the next start is.
    Crashed(Id, Verdict),
    /// End this program. Nothing follows.
    Exit(i32),
}
