//! The state machine: what happened goes in, what is to be done comes out.
//!
//! It makes no system call and reads no clock: `now` is the time since the start, and every test
//! can choose it. Two rules hold whatever the order of events: a service never has two main
//! processes, and once the stop has begun nothing is started.

mod events;
mod slot;
mod stop;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use events::{Action, Event, Id, Traits, Verb};
use slot::{Life, Slot, Then};
use stop::{Alive, Step, Stop};

use super::restart::Verdict;
use crate::control::protocol::State;
use crate::services::OnEnd;
use crate::sys::wait::Ending;

/// How long what a service left behind may take to end.
const LEFTOVER_GRACE: Duration = Duration::from_secs(2);

/// All services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    slots: Vec<Slot>,
    stop: Option<Stop>,
    stop_timeout: Duration,
    /// Sessions whose leader has ended, and when what is left of them is killed.
    leftovers: Vec<(i32, Duration)>,
    /// For the jitter of restarts.
    seed: u64,
}

impl Machine {
    /// A machine in which nothing runs yet.
    pub fn new(
        services: impl IntoIterator<Item = Traits>,
        stop_timeout: Duration,
        seed: u64,
    ) -> Self {
        Machine {
            slots: services.into_iter().map(Slot::new).collect(),
            stop: None,
            stop_timeout,
            leftovers: Vec::new(),
            seed,
        }
    }

    /// Takes an event in; returns what is to be done, in order.
    pub fn step(&mut self, event: Event, now: Duration) -> Vec<Action> {
        let mut todo = Vec::new();
        match event {
            Event::Begin => (0..self.slots.len()).for_each(|id| self.spawn(id, &mut todo)),
            Event::Spawned(id, pid) => self.spawned(id, pid, now, &mut todo),
            Event::NotSpawned(id) => self.failed(id, None, Duration::ZERO, now, &mut todo),
            Event::Ended(id, pid, ending) => self.ended(id, pid, ending, now, &mut todo),
            Event::Probed(id, pid, ready) => self.probed(id, pid, ready, &mut todo),
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
        let lives = self.slots.iter().filter_map(Slot::deadline);
        let leftovers = self.leftovers.iter().map(|(_, at)| *at);
        lives.chain(leftovers).chain(self.stop.as_ref().map(|stop| stop.next)).min()
    }

    /// A service's state, in the words of the HTTP API.
    pub fn state(&self, id: Id) -> State {
        self.slots.get(id).map_or(State::Stopped, Slot::state)
    }

    /// Whether the service has answered its probe.
    pub fn is_ready(&self, id: Id) -> bool {
        self.state(id) == State::Running
    }

    /// The service's main process.
    pub fn pid(&self, id: Id) -> Option<i32> {
        self.slots.get(id)?.pid()
    }

    /// How often the service was started again.
    pub fn restarts(&self, id: Id) -> u64 {
        self.slots.get(id).map_or(0, |slot| slot.restarts)
    }

    /// Whether the stop has begun.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_some()
    }

    fn alive(&self) -> Alive {
        let any = |is_front: bool| {
            self.slots.iter().any(|slot| slot.traits.is_front == is_front && slot.pid().is_some())
        };
        Alive { front: any(true), ide: any(false) }
    }

    fn spawn(&mut self, id: Id, todo: &mut Vec<Action>) {
        let is_stopping = self.stop.is_some();
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        if is_stopping {
            slot.life = Life::Down(State::Stopped);
            return;
        }
        if slot.was_started {
            slot.restarts += 1;
        }
        slot.was_started = true;
        slot.life = Life::Spawning;
        todo.push(Action::Spawn(id));
    }

    fn spawned(&mut self, id: Id, pid: i32, now: Duration, todo: &mut Vec<Action>) {
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        slot.life = Life::Up { pid, since: now, ready: !slot.traits.is_probed };
        todo.push(Action::Changed(id));
        // The stop began while it was being started.
        if let Some(stop) = &self.stop {
            let deadline = stop.deadline;
            self.end_one(id, libc::SIGTERM, Then::Stay, deadline, todo);
        }
    }

    fn probed(&mut self, id: Id, probed: i32, is_ready: bool, todo: &mut Vec<Action>) {
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        if let Life::Up { pid, ready, .. } = &mut slot.life
            && *pid == probed
            && *ready != is_ready
        {
            *ready = is_ready;
            todo.push(Action::Changed(id));
        }
    }

    fn ended(&mut self, id: Id, ended: i32, ending: Ending, now: Duration, todo: &mut Vec<Action>) {
        if self.pid(id) != Some(ended) {
            return;
        }
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        let life = slot.life;
        let on_end = slot.traits.on_end;
        slot.life = Life::Down(State::Stopped);
        todo.push(Action::SignalSession(ended, libc::SIGTERM));
        self.leftovers.push((ended, now + LEFTOVER_GRACE));
        match (life, on_end, ending) {
            (_, OnEnd::EndsAll, _) => self.end_with(exit_code(ending), now, todo),
            _ if self.stop.is_some() => {}
            (Life::Up { .. }, OnEnd::ZeroEndsAll, Ending::Code(0)) => self.begin_stop(0, now, todo),
            (Life::Ending { then: Then::Start, .. }, ..) => self.spawn(id, todo),
            (Life::Up { since, .. }, ..) => {
                self.failed(id, Some(ending), now.saturating_sub(since), now, todo);
            }
            _ => {}
        }
        todo.push(Action::Changed(id));
    }

    /// It ended unasked, or could not be started.
    fn failed(
        &mut self,
        id: Id,
        ending: Option<Ending>,
        uptime: Duration,
        now: Duration,
        todo: &mut Vec<Action>,
    ) {
        let jitter = self.jitter();
        let is_stopping = self.stop.is_some();
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        slot.life = Life::Down(State::Stopped);
        if is_stopping {
            return;
        }
        if ending.is_none() && slot.traits.on_end == OnEnd::EndsAll {
            return;
        }
        let verdict = slot.history.ended(now, uptime, jitter);
        todo.push(Action::Crashed(id, verdict));
        match verdict {
            Verdict::After(delay) if delay.is_zero() => self.spawn(id, todo),
            Verdict::After(delay) => slot.life = Life::Waiting { until: now + delay },
            Verdict::GiveUp => {
                slot.life = Life::Down(State::Failed);
                self.begin_stop(1, now, todo);
            }
        }
        todo.push(Action::Changed(id));
    }

    fn asked(&mut self, id: Id, verb: Verb, now: Duration, todo: &mut Vec<Action>) {
        if self.stop.is_some() {
            return;
        }
        let kill_at = now + self.stop_timeout;
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        slot.history.forget();
        match (slot.life, verb) {
            (Life::Down(_) | Life::Waiting { .. }, Verb::Start | Verb::Restart) => {
                self.spawn(id, todo);
            }
            (Life::Waiting { .. }, Verb::Stop) => slot.life = Life::Down(State::Stopped),
            (Life::Up { .. }, Verb::Stop) => {
                self.end_one(id, libc::SIGTERM, Then::Stay, kill_at, todo);
            }
            (Life::Up { .. }, Verb::Restart) => {
                self.end_one(id, libc::SIGTERM, Then::Start, kill_at, todo);
            }
            (Life::Ending { pid, kill_at, .. }, verb) => {
                let then = if verb == Verb::Stop { Then::Stay } else { Then::Start };
                slot.life = Life::Ending { pid, then, kill_at };
            }
            _ => return,
        }
        todo.push(Action::Changed(id));
    }

    /// Sends a service's main process a signal after which it is expected to end.
    fn end_one(
        &mut self,
        id: Id,
        signal: i32,
        then: Then,
        kill_at: Duration,
        todo: &mut Vec<Action>,
    ) {
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        if let Life::Up { pid, .. } | Life::Ending { pid, .. } = slot.life {
            slot.life = Life::Ending { pid, then, kill_at };
            todo.push(Action::Signal(id, pid, signal));
            todo.push(Action::Changed(id));
        }
    }

    /// Tells the services of a kind to end, as part of the stop.
    fn end_all(&mut self, is_front: bool, kill_at: Duration, todo: &mut Vec<Action>) {
        for id in 0..self.slots.len() {
            if self.slots.get(id).is_some_and(|slot| slot.traits.is_front == is_front) {
                self.end_one(id, libc::SIGTERM, Then::Stay, kill_at, todo);
            }
        }
    }

    fn begin_stop(&mut self, code: i32, now: Duration, todo: &mut Vec<Action>) {
        if self.stop.is_some() {
            return;
        }
        let stop = Stop::begin(code, now, self.stop_timeout);
        for id in 0..self.slots.len() {
            if let Some(slot) = self.slots.get_mut(id)
                && matches!(slot.life, Life::Waiting { .. })
            {
                slot.life = Life::Down(State::Stopped);
                todo.push(Action::Changed(id));
            }
        }
        self.leftovers.clear();
        self.end_all(true, stop.deadline, todo);
        self.stop = Some(stop);
    }

    /// Stops with this exit code, even if the stop had begun with another.
    fn end_with(&mut self, code: i32, now: Duration, todo: &mut Vec<Action>) {
        self.begin_stop(code, now, todo);
        if let Some(stop) = &mut self.stop {
            stop.code = code;
        }
    }

    fn kill(&mut self, now: Duration, todo: &mut Vec<Action>) {
        self.begin_stop(0, now, todo);
        if let Some(stop) = &mut self.stop {
            stop.hurry(now);
        }
    }

    fn childless(&mut self, todo: &mut Vec<Action>) {
        let nobody = Alive { front: false, ide: false };
        if let Some(stop) = &self.stop
            && self.alive() == nobody
        {
            todo.push(Action::Exit(stop.code));
        }
    }

    /// Main processes that got their signal: to many, a second one means to drop everything.
    fn told_to_end(&self) -> Vec<i32> {
        let told = |slot: &Slot| slot.pid().filter(|_| matches!(slot.life, Life::Ending { .. }));
        self.slots.iter().filter_map(told).collect()
    }

    fn advance_stop(&mut self, now: Duration, todo: &mut Vec<Action>) {
        let alive = self.alive();
        let Some(stop) = &mut self.stop else { return };
        let (code, deadline) = (stop.code, stop.deadline);
        let Some(step) = stop.advance(alive, now) else { return };
        match step {
            Step::EndIde => self.end_all(false, deadline, todo),
            Step::EndRest => todo.push(Action::EndRest(self.told_to_end())),
            Step::KillRest => todo.push(Action::KillAll),
            Step::Leave => return todo.push(Action::Exit(code)),
        }
        self.advance_stop(now, todo);
    }

    fn pass_time(&mut self, now: Duration, todo: &mut Vec<Action>) {
        if self.stop.is_some() {
            return self.advance_stop(now, todo);
        }
        for id in 0..self.slots.len() {
            match self.slots.get(id).map(|slot| slot.life) {
                Some(Life::Waiting { until }) if until <= now => {
                    self.spawn(id, todo);
                    todo.push(Action::Changed(id));
                }
                Some(Life::Ending { then, kill_at, .. }) if kill_at <= now => {
                    // Once is enough; the next look is only so that there always is one.
                    let later = now + self.stop_timeout.max(LEFTOVER_GRACE);
                    self.end_one(id, libc::SIGKILL, then, later, todo);
                }
                _ => {}
            }
        }
        let due = self.leftovers.iter().filter(|(_, at)| *at <= now);
        todo.extend(due.map(|(session, _)| Action::SignalSession(*session, libc::SIGKILL)));
        self.leftovers.retain(|(_, at)| *at > now);
    }

    /// A number from 0 to 1 (xorshift64).
    fn jitter(&mut self) -> f64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The exit code of a container that ends as its program did (docker-run(1)).
pub fn exit_code(ending: Ending) -> i32 {
    match ending {
        Ending::Code(code) => code,
        Ending::Signal(number) => 128 + number,
    }
}
