//! Ending one service, and ending all of them.

use std::time::Duration;

use super::slot::{Life, Slot, Then, Up};
use super::stop::{Step, Stop};
use super::{Action, Id, Machine};
use crate::control::protocol::State;

impl Machine {
    /// Sends a service's main process a signal after which it is expected to end.
    pub(super) fn end_one(
        &mut self,
        id: Id,
        signal: i32,
        then: Then,
        kill_at: Duration,
        todo: &mut Vec<Action>,
    ) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        if let Life::Up(Up { pid, since, .. }) | Life::Ending { pid, since, .. } = slot.life {
            slot.life = Life::Ending { pid, since, then, kill_at };
            todo.push(Action::Signal(id, pid, signal));
            todo.push(Action::Changed(id));
        }
    }

    /// Tells the services of a wave to end, as part of the stop.
    fn end_wave(&mut self, wave: usize, kill_at: Duration, todo: &mut Vec<Action>) {
        for id in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(id).filter(|slot| slot.traits.wave == wave) else {
                continue;
            };
            let signal = slot.traits.stop_signal;
            match &mut slot.life {
                // It was told already.
                Life::Ending { then, .. } => *then = Then::Stay,
                _ => self.end_one(id, signal, Then::Stay, kill_at, todo),
            }
        }
    }

    pub(super) fn begin_stop(&mut self, code: i32, now: Duration, todo: &mut Vec<Action>) {
        if self.stop.is_some() {
            return;
        }
        let last_wave = self.slots.iter().map(|slot| slot.traits.wave).max().unwrap_or(0);
        let stop = Stop::begin(code, now, self.timeouts.stop, last_wave);
        for (id, slot) in self.slots.iter_mut().enumerate() {
            if matches!(slot.life, Life::Waiting { .. } | Life::Held | Life::Spawning) {
                slot.life = Life::Down(State::Stopped);
                todo.push(Action::Changed(id));
            }
        }
        self.leftovers.clear();
        self.end_wave(0, stop.deadline, todo);
        self.stop = Some(stop);
    }

    pub(super) fn kill(&mut self, now: Duration, todo: &mut Vec<Action>) {
        self.begin_stop(0, now, todo);
        if let Some(stop) = &mut self.stop {
            stop.hurry(now);
        }
    }

    pub(super) fn childless(&mut self, todo: &mut Vec<Action>) {
        if let Some(stop) = &self.stop
            && self.first_alive().is_none()
        {
            todo.push(Action::Exit(stop.code));
        }
    }

    /// The first wave that is not over: of which there still is a main process that the next one
    /// waits for.
    fn first_alive(&self) -> Option<usize> {
        let alive = self.slots.iter().filter(|slot| slot.pid().is_some());
        alive.map(|slot| slot.traits.wave + usize::from(!slot.traits.is_waited_for)).min()
    }

    /// Main processes that got their signal: to many, a second one means to drop everything.
    fn told_to_end(&self) -> Vec<i32> {
        let told = |slot: &Slot| slot.pid().filter(|_| matches!(slot.life, Life::Ending { .. }));
        self.slots.iter().filter_map(told).collect()
    }

    pub(super) fn advance_stop(&mut self, now: Duration, todo: &mut Vec<Action>) {
        let first_alive = self.first_alive();
        let Some(stop) = &mut self.stop else { return };
        let (code, deadline) = (stop.code, stop.deadline);
        let Some(step) = stop.advance(first_alive, now) else { return };
        match step {
            Step::EndWave(wave) => self.end_wave(wave, deadline, todo),
            Step::EndRest => todo.push(Action::EndRest(self.told_to_end())),
            Step::KillRest => todo.push(Action::KillAll),
            Step::Leave => return todo.push(Action::Exit(code)),
        }
        self.advance_stop(now, todo);
    }
}
