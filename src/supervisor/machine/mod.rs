//! The state machine: what happened goes in, what is to be done comes out.
//!
//! It makes no system call and reads no clock: `now` is the time since the start, and every test
//! can choose it. Two rules hold whatever the order of events: a service never has two main
//! processes, and once the stop has begun nothing is started.

mod asked;
mod ends;
mod events;
mod slot;
mod starts;
mod stop;
mod stopping;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use ends::exit_code;
pub use events::{Action, Event, Id, Traits};
use slot::{Life, Slot, Then};
use stop::Stop;

use crate::control::protocol::State;

/// How long what a service left behind may take to end.
const LEFTOVER_GRACE: Duration = Duration::from_secs(2);
/// How late this program has to be for what it waits for, to conclude that it was not running itself,
/// as when the whole container is paused.
const LATE: Duration = Duration::from_secs(1);

/// How long it may take until what was told to end has ended; then it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Everything, at the stop.
    pub stop: Duration,
    /// One service, while the others go on.
    pub single: Duration,
}

/// All services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    slots: Vec<Slot>,
    stop: Option<Stop>,
    timeouts: Timeouts,
    /// Sessions whose leader has ended, and when what is left of them is killed.
    leftovers: Vec<(i32, Duration)>,
    /// For the jitter of restarts.
    seed: u64,
}

impl Machine {
    /// A machine in which nothing runs yet. `seed` is any number but 0.
    pub fn new(services: impl IntoIterator<Item = Traits>, timeouts: Timeouts, seed: u64) -> Self {
        Machine {
            slots: services.into_iter().map(Slot::new).collect(),
            stop: None,
            timeouts,
            leftovers: Vec::new(),
            seed,
        }
    }

    /// Takes an event in; returns what is to be done, in order.
    pub fn step(&mut self, event: Event, now: Duration) -> Vec<Action> {
        let mut todo = Vec::new();
        self.forgive_pause(now);
        match event {
            Event::Begin => (0..self.slots.len()).for_each(|id| self.start(id, now, &mut todo)),
            Event::SessionEmpty(session) => self.leftovers.retain(|(each, _)| *each != session),
            Event::Spawned(id, pid) => self.spawned(id, pid, now, &mut todo),
            Event::NotSpawned(id) => self.not_spawned(id, now, &mut todo),
            Event::Ended(id, pid, ending) => self.ended(id, pid, ending, now, &mut todo),
            Event::Paused(id, pid) => self.note_readiness(id, pid, false, now, &mut todo),
            Event::Resumed(id, pid) => self.resumed(id, pid, now, &mut todo),
            Event::Probed(id, pid, ready) => self.note_readiness(id, pid, ready, now, &mut todo),
            Event::Asked(id, verb) => self.asked(id, verb, now, &mut todo),
            Event::Stop(code) => self.begin_stop(code, now, &mut todo),
            Event::Kill => self.kill(now, &mut todo),
            Event::Childless => self.childless(&mut todo),
            Event::Tick => {}
        }
        self.pass_time(now, &mut todo);
        todo
    }

    /// When [`Event::Tick`] is due at the latest.
    pub fn next_deadline(&self) -> Option<Duration> {
        // The stop has its own deadlines for all of them.
        if let Some(stop) = &self.stop {
            return Some(stop.next);
        }
        let lives = (0..self.slots.len()).filter_map(|id| self.deadline(id));
        lives.chain(self.leftovers.iter().map(|(_, at)| *at)).min()
    }

    /// A service's state, in the words of the HTTP API.
    pub fn state(&self, id: Id) -> State {
        self.slots.get(id).map_or(State::Stopped, Slot::state)
    }

    /// Whether the service has answered its probe, or has done what it had to do.
    pub fn is_ready(&self, id: Id) -> bool {
        self.slots.get(id).is_some_and(Slot::is_ready)
    }

    /// The first service that this one waits for.
    pub fn waits_for(&self, id: Id) -> Option<Id> {
        let slot = self.slots.get(id)?;
        let is_held = matches!(slot.life, Life::Held | Life::Down(State::Failed));
        slot.traits.needs.iter().copied().find(|need| is_held && !self.is_ready(*need))
    }

    /// Whether an [`Action::Spawn`] still holds: what was done before it may have begun the stop.
    pub fn is_to_be_spawned(&self, id: Id) -> bool {
        self.slots.get(id).is_some_and(|slot| slot.life == Life::Spawning)
    }

    /// The service's main process.
    pub fn pid(&self, id: Id) -> Option<i32> {
        self.slots.get(id)?.pid()
    }

    /// How often the service was started again.
    pub fn restarts(&self, id: Id) -> u64 {
        self.slots.get(id).map_or(0, |slot| slot.starts.saturating_sub(1))
    }

    /// Whether the stop has begun.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_some()
    }

    /// Whether the stop has come so far that everything was told to end.
    pub fn has_told_all(&self) -> bool {
        self.stop.as_ref().is_some_and(Stop::has_told_all)
    }

    /// When something is due for a service.
    fn deadline(&self, id: Id) -> Option<Duration> {
        let slot = self.slots.get(id)?;
        match (slot.life, slot.traits.prober.and_then(|prober| self.slots.get(prober))) {
            (Life::Up(_), Some(prober)) => slot.deadline(prober.ready_since()?),
            _ => slot.deadline(Duration::ZERO),
        }
    }

    /// What was not said while nobody ran is held against nobody: all have their whole time again.
    fn forgive_pause(&mut self, now: Duration) {
        if self.next_deadline().is_none_or(|due| now < due + LATE) {
            return;
        }
        for slot in &mut self.slots {
            if let Life::Up(up) = &mut slot.life {
                (up.changed, up.heard) = (now, now);
            }
        }
    }

    fn pass_time(&mut self, now: Duration, todo: &mut Vec<Action>) {
        if self.stop.is_some() {
            return self.advance_stop(now, todo);
        }
        for id in 0..self.slots.len() {
            if self.deadline(id).is_some_and(|at| at <= now) {
                self.time_is_up(id, now, todo);
            }
        }
        let due = self.leftovers.iter().filter(|(_, at)| *at <= now);
        todo.extend(due.map(|(session, _)| Action::SignalSession(*session, libc::SIGKILL)));
        self.leftovers.retain(|(_, at)| *at > now);
    }

    fn time_is_up(&mut self, id: Id, now: Duration, todo: &mut Vec<Action>) {
        let Some(slot) = self.slots.get(id) else { return };
        match slot.life {
            Life::Waiting { .. } => {
                self.start(id, now, todo);
                todo.push(Action::Changed(id));
            }
            Life::Ending { then, .. } => {
                // Once is enough; the next look is only so that there always is one.
                let later = now + self.timeouts.single.max(LEFTOVER_GRACE);
                self.end_one(id, libc::SIGKILL, then, later, todo);
            }
            Life::Up(up) => {
                todo.push(match up.is_ready {
                    true => Action::Silent(id),
                    false => Action::Deaf(id, slot.patience(up).unwrap_or_default()),
                });
                let (signal, kill_at) = (slot.traits.stop_signal, now + self.timeouts.single);
                self.end_one(id, signal, Then::Fail, kill_at, todo);
            }
            _ => {}
        }
    }

    /// A number from 0 to 1 (xorshift64).
    fn jitter(&mut self) -> f64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed >> 11) as f64 / (1u64 << 53) as f64
    }
}
