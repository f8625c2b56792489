//! What goes into the machine, and what comes out of it.

use std::time::Duration;

use crate::control::protocol::Verb;
use crate::services::OnEnd;
use crate::supervisor::restart::Verdict;
use crate::sys::wait::Ending;

/// A service's place in the list of services.
pub type Id = usize;

/// What the machine has to know of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// In which wave of the stop it is told to end; 0 is the first.
    pub wave: usize,
    /// Whether the next wave waits for its end; the one after that does in any case.
    pub is_waited_for: bool,
    /// The signal by which it is told to end.
    pub stop_signal: i32,
    /// A probe tells when it is ready. Otherwise it is ready once it runs.
    pub is_probed: bool,
    /// It says by itself that it is ready, again and again for as long as it is.
    pub gives_signs: bool,
    /// The service that asks whether it is ready; while that one is not, nobody knows.
    pub prober: Option<Id>,
    /// How long it may run without being ready until it is started anew; none: for ever.
    pub patience: Option<Duration>,
    /// What its end means.
    pub on_end: OnEnd,
    /// The services that have to be ready before it is started.
    pub needs: Vec<Id>,
    /// The others go on when it has failed for good.
    pub is_optional: bool,
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
    /// A main process was stopped, by SIGSTOP for instance, and does nothing.
    Paused(Id, i32),
    /// A main process was set going again.
    Resumed(Id, i32),
    /// A probe of this process found something, or it gave a sign of life.
    Probed(Id, i32, bool),
    /// Nobody was left in a session whose leader has ended.
    SessionEmpty(i32),
    /// Somebody asked for something.
    Asked(Id, Verb),
    /// Everything is to end; the exit code will be this.
    Stop(i32),
    /// The same, at once.
    Kill,
    /// There is no child any more that could be told to end.
    Childless,
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Start a main process, and say how that went; unless [`Machine::is_to_be_spawned`] says
    /// that it is not wanted any more.
    ///
    /// [`Machine::is_to_be_spawned`]: super::Machine::is_to_be_spawned
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
    /// Tell that a service fails for want of another, which has failed for good.
    Starved(Id, Id),
    /// Tell that a service is started anew, as it has given no sign of life for too long.
    Silent(Id),
    /// Tell that a service is started anew, as it was not ready for this long.
    Deaf(Id, Duration),
    /// End this program. Nothing follows.
    Exit(i32),
}
