//! What a person asked for.

use std::time::Duration;

use super::slot::{Life, Then};
use super::{Action, Id, Machine};
use crate::control::protocol::{State, Verb};

impl Machine {
    pub(super) fn asked(&mut self, id: Id, verb: Verb, now: Duration, todo: &mut Vec<Action>) {
        if self.stop.is_some() {
            return;
        }
        let kill_at = now + self.timeouts.single;
        let can_start = self.failed_need(id).is_none();
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.history.forget();
        let signal = slot.traits.stop_signal;
        match (&mut slot.life, verb) {
            (Life::Down(_) | Life::Done | Life::Waiting { .. }, Verb::Start | Verb::Restart) => {
                // Asking for what can't be is no reason to end the container.
                match can_start {
                    true => self.start(id, now, todo),
                    false => slot.life = Life::Down(State::Failed),
                }
            }
            (life @ (Life::Waiting { .. } | Life::Held | Life::Done), Verb::Stop) => {
                *life = Life::Down(State::Stopped);
            }
            (Life::Up(_), Verb::Stop) => self.end_one(id, signal, Then::Stay, kill_at, todo),
            (Life::Up(_), Verb::Restart) => self.end_one(id, signal, Then::Start, kill_at, todo),
            (Life::Ending { then, .. }, Verb::Stop) => *then = Then::Stay,
            (Life::Ending { then, .. }, _) => *then = Then::Start,
            _ => return,
        }
        todo.push(Action::Changed(id));
    }
}
