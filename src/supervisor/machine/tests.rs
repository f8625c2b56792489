//! The machine under a virtual clock.

use std::time::Duration;

use proptest::prelude::*;

use super::{Action, Event, Machine, Traits, Verb};
use crate::control::protocol::State;
use crate::services::OnEnd;
use crate::supervisor::restart::Verdict;
use crate::sys::wait::Ending;

const IDE: usize = 0;
const FRONT: usize = 1;
const BUDGET: Duration = Duration::from_secs(8);

fn traits() -> [Traits; 2] {
    [
        Traits { is_front: false, is_probed: true, on_end: OnEnd::Restart },
        Traits { is_front: true, is_probed: true, on_end: OnEnd::ZeroEndsAll },
    ]
}

/// A world in which every spawn works: pids count up, and time only passes when asked.
struct World {
    machine: Machine,
    now: Duration,
    next_pid: i32,
    alive: Vec<(usize, i32)>,
    all: Vec<Action>,
    spawned_while_stopping: bool,
}

impl World {
    fn new() -> Self {
        let mut world = World {
            machine: Machine::new(traits(), BUDGET, 1),
            now: Duration::ZERO,
            next_pid: 100,
            alive: Vec::new(),
            all: Vec::new(),
            spawned_while_stopping: false,
        };
        world.event(Event::Begin);
        world
    }

    fn event(&mut self, event: Event) -> Vec<Action> {
        let actions = self.machine.step(event, self.now);
        self.all.extend(actions.iter().cloned());
        for action in &actions {
            if let Action::Spawn(id) = action {
                self.spawned_while_stopping |= self.machine.is_stopping();
                self.next_pid += 1;
                self.alive.push((*id, self.next_pid));
                self.event(Event::Spawned(*id, self.next_pid));
            }
        }
        actions
    }

    fn pid(&self, id: usize) -> i32 {
        self.machine.pid(id).unwrap()
    }

    fn end(&mut self, id: usize, ending: Ending) -> Vec<Action> {
        let pid = self.pid(id);
        self.alive.retain(|(_, each)| *each != pid);
        self.event(Event::Ended(id, pid, ending))
    }

    fn pass(&mut self, length: Duration) -> Vec<Action> {
        self.now += length;
        self.event(Event::Tick)
    }

    fn sent(actions: &[Action], number: i32) -> Vec<usize> {
        let is_it = |action: &Action| match action {
            Action::Signal(id, _, sent) if *sent == number => Some(*id),
            _ => None,
        };
        actions.iter().filter_map(is_it).collect()
    }
}

#[test]
fn a_service_runs_once_its_probe_says_so() {
    let mut world = World::new();
    assert_eq!(world.machine.state(IDE), State::Starting);
    let pid = world.pid(IDE);
    world.event(Event::Probed(IDE, pid + 1000, true));
    assert_eq!(world.machine.state(IDE), State::Starting);
    world.event(Event::Probed(IDE, pid, true));
    assert_eq!(world.machine.state(IDE), State::Running);
}

#[test]
fn the_first_restart_is_at_once_and_the_second_waits() {
    let mut world = World::new();
    world.end(IDE, Ending::Signal(9));
    assert_eq!(world.machine.state(IDE), State::Starting);
    world.end(IDE, Ending::Code(0));
    assert_eq!(world.machine.state(IDE), State::Backoff);
    world.pass(Duration::from_millis(600));
    assert_eq!(world.machine.state(IDE), State::Starting);
    assert_eq!(world.machine.restarts(IDE), 2);
}

#[test]
fn a_crash_loop_ends_the_container_with_1() {
    let mut world = World::new();
    for _ in 0..11 {
        world.pass(Duration::from_secs(31));
        world.now = Duration::from_secs(1);
        if world.machine.pid(IDE).is_some() {
            world.end(IDE, Ending::Code(1));
        }
    }
    while world.machine.state(IDE) != State::Failed {
        world.pass(Duration::from_secs(1));
        if world.machine.pid(IDE).is_some() {
            world.end(IDE, Ending::Code(1));
        }
    }
    assert!(world.all.contains(&Action::Crashed(IDE, Verdict::GiveUp)));
    world.end(FRONT, Ending::Code(0));
    assert_eq!(world.event(Event::Childless), [Action::Exit(1)]);
}

#[test]
fn singleusers_zero_ends_all_with_zero_and_its_error_restarts() {
    let mut world = World::new();
    world.end(FRONT, Ending::Code(1));
    assert_eq!(world.machine.state(FRONT), State::Starting);
    world.end(FRONT, Ending::Code(0));
    assert!(world.machine.is_stopping());
    world.end(IDE, Ending::Signal(15));
    assert_eq!(world.event(Event::Childless), [Action::Exit(0)]);
}

#[test]
fn a_restart_of_singleuser_that_ends_with_zero_ends_nothing_else() {
    let mut world = World::new();
    world.event(Event::Asked(FRONT, Verb::Restart));
    world.end(FRONT, Ending::Code(0));
    assert!(!world.machine.is_stopping());
    assert_eq!(world.machine.state(FRONT), State::Starting);
    world.event(Event::Asked(FRONT, Verb::Stop));
    world.end(FRONT, Ending::Code(0));
    assert!(!world.machine.is_stopping());
    assert_eq!(world.machine.state(FRONT), State::Stopped);
}

#[test]
fn nobody_is_told_to_end_twice() {
    let mut world = World::new();
    let (ide, front) = (world.pid(IDE), world.pid(FRONT));
    world.event(Event::Stop(0));
    world.pass(BUDGET.mul_f64(0.41));
    let actions = world.pass(BUDGET.mul_f64(0.4));
    assert!(actions.contains(&Action::EndRest(vec![ide, front])), "{actions:?}");
}

#[test]
fn the_front_is_told_first_then_the_ide_then_everyone() {
    let mut world = World::new();
    let actions = world.event(Event::Stop(0));
    assert_eq!(World::sent(&actions, libc::SIGTERM), [FRONT]);
    let actions = world.end(FRONT, Ending::Code(0));
    assert_eq!(World::sent(&actions, libc::SIGTERM), [IDE]);
    let actions = world.end(IDE, Ending::Signal(15));
    assert!(actions.contains(&Action::EndRest(vec![])));
    let actions = world.pass(BUDGET);
    assert!(actions.contains(&Action::KillAll));
}

#[test]
fn a_front_that_ignores_term_does_not_keep_the_ide_waiting_for_ever() {
    let mut world = World::new();
    world.event(Event::Stop(0));
    let actions = world.pass(BUDGET.mul_f64(0.41));
    assert_eq!(World::sent(&actions, libc::SIGTERM), [IDE]);
    assert!(world.pass(BUDGET).contains(&Action::KillAll));
    assert!(world.pass(BUDGET).contains(&Action::Exit(0)));
}

#[test]
fn a_second_stop_kills_at_once() {
    let mut world = World::new();
    world.event(Event::Stop(0));
    assert!(world.event(Event::Kill).contains(&Action::KillAll));
}

#[test]
fn a_stopped_service_stays_stopped_until_it_is_started() {
    let mut world = World::new();
    world.event(Event::Asked(IDE, Verb::Stop));
    assert_eq!(world.machine.state(IDE), State::Stopping);
    world.end(IDE, Ending::Signal(15));
    assert_eq!(world.machine.state(IDE), State::Stopped);
    world.pass(Duration::from_secs(100));
    assert_eq!(world.machine.state(IDE), State::Stopped);
    world.event(Event::Asked(IDE, Verb::Start));
    assert_eq!(world.machine.state(IDE), State::Starting);
}

#[test]
fn a_restart_kills_what_ignores_term() {
    let mut world = World::new();
    let before = world.pid(IDE);
    world.event(Event::Asked(IDE, Verb::Restart));
    assert_eq!(World::sent(&world.pass(BUDGET), libc::SIGKILL), [IDE]);
    world.end(IDE, Ending::Signal(9));
    assert_ne!(world.pid(IDE), before);
}

#[test]
fn what_a_service_left_behind_is_ended_with_it() {
    let mut world = World::new();
    let pid = world.pid(IDE);
    let actions = world.end(IDE, Ending::Signal(11));
    assert!(actions.contains(&Action::SignalSession(pid, libc::SIGTERM)));
    let actions = world.pass(Duration::from_secs(3));
    assert!(actions.contains(&Action::SignalSession(pid, libc::SIGKILL)));
}

#[derive(Debug, Clone)]
enum Step {
    End(usize, Ending),
    Probe(usize, bool),
    Ask(usize, Verb),
    Pass(u64),
    Stop,
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0usize..2;
    let ending = prop_oneof![
        (0i32..3).prop_map(Ending::Code),
        Just(Ending::Signal(9)),
        Just(Ending::Signal(15)),
    ];
    let verb = prop_oneof![Just(Verb::Start), Just(Verb::Stop), Just(Verb::Restart)];
    prop_oneof![
        8 => (id.clone(), ending).prop_map(|(id, ending)| Step::End(id, ending)),
        4 => (id.clone(), any::<bool>()).prop_map(|(id, ready)| Step::Probe(id, ready)),
        4 => (id, verb).prop_map(|(id, verb)| Step::Ask(id, verb)),
        6 => (1u64..40_000).prop_map(Step::Pass),
        1 => Just(Step::Stop),
        1 => Just(Step::Kill),
    ]
}

fn take(world: &mut World, step: Step) {
    match step {
        Step::End(id, ending) if world.machine.pid(id).is_some() => drop(world.end(id, ending)),
        Step::End(..) => {}
        Step::Probe(id, ready) => {
            let pid = world.machine.pid(id).unwrap_or(1);
            world.event(Event::Probed(id, pid, ready));
        }
        Step::Ask(id, verb) => drop(world.event(Event::Asked(id, verb))),
        Step::Pass(millis) => drop(world.pass(Duration::from_millis(millis))),
        Step::Stop => drop(world.event(Event::Stop(0))),
        Step::Kill => drop(world.event(Event::Kill)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn never_two_of_one_service_and_none_once_the_stop_has_begun(
        steps in proptest::collection::vec(step(), 0..60)
    ) {
        let mut world = World::new();
        for step in steps {
            take(&mut world, step);
            for id in [IDE, FRONT] {
                prop_assert!(world.alive.iter().filter(|(each, _)| *each == id).count() <= 1);
            }
            prop_assert!(!world.spawned_while_stopping);
        }
    }

    #[test]
    fn a_stop_always_comes_to_an_end(
        steps in proptest::collection::vec(step(), 0..60),
        obedient in any::<bool>(),
    ) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| take(&mut world, step));
        world.event(Event::Stop(0));
        for id in [IDE, FRONT] {
            if obedient && world.machine.pid(id).is_some() {
                world.end(id, Ending::Signal(15));
            }
        }
        for _ in 0..10 {
            let next = world.machine.next_deadline();
            prop_assert!(next.is_some());
            let wait = next.unwrap().saturating_sub(world.now);
            prop_assert!(wait <= BUDGET);
            world.pass(wait);
        }
        prop_assert!(world.all.iter().any(|action| matches!(action, Action::Exit(_))));
    }
}
