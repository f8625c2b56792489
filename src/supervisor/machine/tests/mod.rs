//! The machine under a virtual clock.

mod properties;
mod readiness;
mod scenarios;

use std::time::Duration;

use super::{Action, Event, Id, Machine, Timeouts, Traits};
use crate::services::OnEnd;
use crate::sys::wait::Ending;

const IDE: Id = 0;
const FRONT: Id = 1;
const DB: Id = 2;
const APP: Id = 3;
const ONCE: Id = 4;
const ALL: [Id; 5] = [IDE, FRONT, DB, APP, ONCE];
const BUDGET: Duration = Duration::from_secs(8);
/// Longer than the stop, as where it has to be over before Kubernetes kills.
const SINGLE: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(120);

fn service(wave: usize, on_end: OnEnd) -> Traits {
    Traits {
        wave,
        is_waited_for: true,
        stop_signal: libc::SIGTERM,
        is_probed: true,
        gives_signs: false,
        prober: None,
        patience: Some(PATIENCE),
        on_end,
        needs: Vec::new(),
        is_optional: false,
    }
}

/// The IDE, singleuser, a database that may be missing, work to be done with it, and something
/// that is tried once.
fn traits() -> Vec<Traits> {
    vec![
        service(1, OnEnd::Restart),
        Traits { gives_signs: true, ..service(0, OnEnd::ZeroEndsAll) },
        Traits { is_optional: true, prober: Some(FRONT), ..service(3, OnEnd::Restart) },
        Traits { needs: vec![DB], is_probed: false, ..service(2, OnEnd::ZeroIsDone) },
        Traits {
            is_optional: true,
            is_probed: false,
            stop_signal: libc::SIGINT,
            ..service(2, OnEnd::Final)
        },
    ]
}

/// A world in which time only passes when asked, and pids count up.
struct World {
    machine: Machine,
    now: Duration,
    next_pid: i32,
    alive: Vec<(Id, i32)>,
    all: Vec<Action>,
    /// Whether starting a process fails.
    is_barren: bool,
    broken_rules: Vec<&'static str>,
}

impl World {
    fn new() -> Self {
        World::of(traits())
    }

    fn of(services: Vec<Traits>) -> Self {
        let mut world = World {
            machine: Machine::new(services, Timeouts { stop: BUDGET, single: SINGLE }, 1),
            now: Duration::ZERO,
            next_pid: 100,
            alive: Vec::new(),
            all: Vec::new(),
            is_barren: false,
            broken_rules: Vec::new(),
        };
        world.event(Event::Begin);
        world
    }

    fn event(&mut self, event: Event) -> Vec<Action> {
        let actions = self.machine.step(event, self.now);
        self.all.extend(actions.iter().cloned());
        for action in &actions {
            if let Action::Spawn(id) = action
                && self.machine.is_to_be_spawned(*id)
            {
                self.spawn(*id);
            }
        }
        actions
    }

    fn spawn(&mut self, id: Id) {
        if self.machine.is_stopping() {
            self.broken_rules.push("started something after the stop had begun");
        }
        if self.alive.iter().any(|(each, _)| *each == id) {
            self.broken_rules.push("started a service that has a process");
        }
        if id == APP && !self.machine.is_ready(DB) {
            self.broken_rules.push("started a service before what it needs was ready");
        }
        if self.is_barren {
            self.event(Event::NotSpawned(id));
            return;
        }
        self.next_pid += 1;
        self.alive.push((id, self.next_pid));
        self.event(Event::Spawned(id, self.next_pid));
    }

    fn pid(&self, id: Id) -> i32 {
        self.machine.pid(id).unwrap()
    }

    fn end(&mut self, id: Id, ending: Ending) -> Vec<Action> {
        let pid = self.pid(id);
        self.alive.retain(|(_, each)| *each != pid);
        self.event(Event::Ended(id, pid, ending))
    }

    /// Every process that is left ends.
    fn end_all(&mut self, ending: Ending) {
        while let Some((id, _)) = self.alive.first() {
            self.end(*id, ending);
        }
    }

    /// Time passes, and whatever is due is done when it is.
    fn pass(&mut self, length: Duration) -> Vec<Action> {
        let until = self.now + length;
        let mut actions = Vec::new();
        while let Some(next) = self.machine.next_deadline().filter(|next| *next < until) {
            self.now = next.max(self.now);
            actions.extend(self.event(Event::Tick));
        }
        self.now = until;
        actions.extend(self.event(Event::Tick));
        actions
    }

    /// Time passes, and nobody runs.
    fn freeze(&mut self, length: Duration) -> Vec<Action> {
        self.now += length;
        self.event(Event::Tick)
    }

    fn sent(actions: &[Action], number: i32) -> Vec<Id> {
        let is_it = |action: &Action| match action {
            Action::Signal(id, _, sent) if *sent == number => Some(*id),
            _ => None,
        };
        actions.iter().filter_map(is_it).collect()
    }
}
