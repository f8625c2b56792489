//! How services come up: held back until what they need is ready, started, found ready.

use std::time::Duration;

use super::slot::{Life, Slot, Then, Up};
use super::{Action, Id, Machine};
use crate::control::protocol::State;

impl Machine {
    /// Starts a service, now or as soon as what it needs is ready.
    pub(super) fn start(&mut self, id: Id, now: Duration, todo: &mut Vec<Action>) {
        let is_stopping = self.stop.is_some();
        if let Some(need) = self.failed_need(id).filter(|_| !is_stopping) {
            todo.push(Action::Starved(id, need));
            return self.fail(id, now, todo);
        }
        let is_held = self.lacks_something(id);
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.life = match (is_stopping, is_held) {
            (true, _) => Life::Down(State::Stopped),
            (_, true) => Life::Held,
            _ => return spawn(id, slot, todo),
        };
    }

    /// A service that it needs, and that has failed for good.
    pub(super) fn failed_need(&self, id: Id) -> Option<Id> {
        let needs = &self.slots.get(id)?.traits.needs;
        needs.iter().copied().find(|need| self.state(*need) == State::Failed)
    }

    fn lacks_something(&self, id: Id) -> bool {
        let needs = self.slots.get(id).map(|slot| slot.traits.needs.as_slice());
        needs.unwrap_or_default().iter().any(|need| !self.is_ready(*need))
    }

    /// Starts those that waited for no more than what has just become ready.
    pub(super) fn release(&mut self, now: Duration, todo: &mut Vec<Action>) {
        for id in 0..self.slots.len() {
            let is_held = self.slots.get(id).is_some_and(|slot| slot.life == Life::Held);
            if is_held && !self.lacks_something(id) {
                self.start(id, now, todo);
                todo.push(Action::Changed(id));
            }
        }
    }

    pub(super) fn spawned(&mut self, id: Id, pid: i32, now: Duration, todo: &mut Vec<Action>) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        let is_ready = !slot.traits.is_probed;
        slot.life = Life::Up(Up::new(pid, is_ready, now));
        let signal = slot.traits.stop_signal;
        todo.push(Action::Changed(id));
        // The stop began while it was being started.
        if let Some(stop) = &self.stop {
            let deadline = stop.deadline;
            self.end_one(id, signal, Then::Stay, deadline, todo);
        }
        if is_ready {
            self.release(now, todo);
        }
    }

    /// Takes note of whether a process is ready. A word about an earlier process is none.
    pub(super) fn note_readiness(
        &mut self,
        id: Id,
        about: i32,
        is_ready: bool,
        now: Duration,
        todo: &mut Vec<Action>,
    ) {
        let Some(Slot { life: Life::Up(up), .. }) = self.slots.get_mut(id) else { return };
        if up.pid != about || !up.note(is_ready, now) {
            return;
        }
        todo.push(Action::Changed(id));
        if is_ready {
            self.release(now, todo);
        }
    }

    /// A process that no probe asks is ready as soon as it goes on.
    pub(super) fn resumed(&mut self, id: Id, pid: i32, now: Duration, todo: &mut Vec<Action>) {
        if self.slots.get(id).is_some_and(|slot| !slot.traits.is_probed) {
            self.note_readiness(id, pid, true, now, todo);
        }
    }
}

fn spawn(id: Id, slot: &mut Slot, todo: &mut Vec<Action>) {
    slot.starts += 1;
    slot.life = Life::Spawning;
    todo.push(Action::Spawn(id));
}
