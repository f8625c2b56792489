//! What the end of a service's process means.

use std::time::Duration;

use super::slot::{Life, Then, Up};
use super::{Action, Id, LEFTOVER_GRACE, Machine};
use crate::control::protocol::State;
use crate::services::OnEnd;
use crate::supervisor::restart::Verdict;
use crate::sys::wait::Ending;

/// What follows an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sequel {
    Nothing,
    /// The container ends with this code.
    EndAll(i32),
    /// It has done its work.
    Done,
    /// It is started.
    Start,
    /// It crashed after having run for so long.
    Crash(Duration),
    /// It crashed, and is not to be started again.
    GiveUp,
}

/// Decides by the life in which a process ended.
fn sequel(life: Life, on_end: OnEnd, ending: Ending, now: Duration) -> Sequel {
    let crash = |since: Duration| match on_end {
        OnEnd::Final => Sequel::GiveUp,
        _ => Sequel::Crash(now.saturating_sub(since)),
    };
    match (life, on_end, ending) {
        (_, OnEnd::EndsAll, _) => Sequel::EndAll(exit_code(ending)),
        (Life::Ending { then: Then::Start, .. }, ..) => Sequel::Start,
        (Life::Ending { then: Then::Fail, since, .. }, ..) => crash(since),
        (Life::Up(_), OnEnd::ZeroEndsAll, Ending::Code(0)) => Sequel::EndAll(0),
        (Life::Up(_), OnEnd::ZeroIsDone | OnEnd::Final, Ending::Code(0)) => Sequel::Done,
        (Life::Up(Up { since, .. }), ..) => crash(since),
        _ => Sequel::Nothing,
    }
}

impl Machine {
    pub(super) fn ended(
        &mut self,
        id: Id,
        ended: i32,
        ending: Ending,
        now: Duration,
        todo: &mut Vec<Action>,
    ) {
        let is_stopping = self.stop.is_some();
        let Some(slot) = self.slots.get_mut(id).filter(|slot| slot.pid() == Some(ended)) else {
            return;
        };
        let sequel = sequel(slot.life, slot.traits.on_end, ending, now);
        slot.life = Life::Down(State::Stopped);
        match sequel {
            Sequel::EndAll(code) if !is_stopping => self.begin_stop(code, now, todo),
            Sequel::EndAll(_) => self.end_with_its_code(id, ending),
            _ if is_stopping => {}
            Sequel::Start => self.start(id, now, todo),
            Sequel::Done => self.done(id, now, todo),
            Sequel::Crash(uptime) => self.crashed(id, uptime, now, todo),
            Sequel::GiveUp => self.give_up(id, now, todo),
            Sequel::Nothing => {}
        }
        todo.push(Action::Changed(id));
        // Last: finding what is left takes longer than starting anew. In a stop it is told with
        // everything else; to many a program a second TERM means to drop everything.
        if self.stop.is_none() {
            todo.push(Action::SignalSession(ended, libc::SIGTERM));
            self.leftovers.push((ended, now + LEFTOVER_GRACE));
        }
    }

    /// A program's own exit code is the container's, also when it was told to end.
    fn end_with_its_code(&mut self, id: Id, ending: Ending) {
        let is_program =
            self.slots.get(id).is_some_and(|slot| slot.traits.on_end == OnEnd::EndsAll);
        if let Some(stop) = self.stop.as_mut().filter(|_| is_program) {
            stop.code = exit_code(ending);
        }
    }

    fn done(&mut self, id: Id, now: Duration, todo: &mut Vec<Action>) {
        if let Some(slot) = self.slots.get_mut(id) {
            slot.life = Life::Done;
            self.release(now, todo);
        }
    }

    /// It could not be started. A program's failure ends all, which is the caller's to ask for:
    /// the exit code tells why.
    pub(super) fn not_spawned(&mut self, id: Id, now: Duration, todo: &mut Vec<Action>) {
        let is_stopping = self.stop.is_some();
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.life = Life::Down(State::Stopped);
        match slot.traits.on_end {
            _ if is_stopping => {}
            OnEnd::EndsAll => {}
            OnEnd::Final => self.give_up(id, now, todo),
            _ => self.crashed(id, Duration::ZERO, now, todo),
        }
        todo.push(Action::Changed(id));
    }

    fn crashed(&mut self, id: Id, uptime: Duration, now: Duration, todo: &mut Vec<Action>) {
        let jitter = self.jitter();
        let Some(slot) = self.slots.get_mut(id) else { return };
        let verdict = slot.history.ended(now, uptime, jitter);
        match verdict {
            Verdict::GiveUp => self.give_up(id, now, todo),
            Verdict::After(delay) => {
                todo.push(Action::Crashed(id, verdict));
                slot.life = Life::Waiting { until: now + delay };
                if delay.is_zero() {
                    self.start(id, now, todo);
                }
            }
        }
    }

    /// It failed for good. So do those that need it, and unless it is optional, everything ends.
    fn give_up(&mut self, id: Id, now: Duration, todo: &mut Vec<Action>) {
        todo.push(Action::Crashed(id, Verdict::GiveUp));
        self.fail(id, now, todo);
    }

    pub(super) fn fail(&mut self, id: Id, now: Duration, todo: &mut Vec<Action>) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.life = Life::Down(State::Failed);
        todo.push(Action::Changed(id));
        if !slot.traits.is_optional {
            return self.begin_stop(1, now, todo);
        }
        for other in 0..self.slots.len() {
            let waits = self
                .slots
                .get(other)
                .is_some_and(|slot| slot.life == Life::Held && slot.traits.needs.contains(&id));
            if waits {
                todo.push(Action::Starved(other, id));
                self.fail(other, now, todo);
            }
        }
    }
}

/// The exit code of a container that ends as its program did (docker-run(1)).
pub fn exit_code(ending: Ending) -> i32 {
    match ending {
        Ending::Code(code) => code,
        Ending::Signal(number) => 128 + number,
    }
}
