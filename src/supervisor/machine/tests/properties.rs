//! What holds whatever happens, in whatever order.

use std::time::Duration;

use proptest::prelude::*;

use super::{ALL, BUDGET, DB, FRONT, PATIENCE, World};
use crate::control::protocol::{State, Verb};
use crate::supervisor::machine::{Action, Event, Id};
use crate::sys::wait::Ending;

#[derive(Debug, Clone)]
enum Step {
    End(Id, Ending),
    Event(Event),
    /// About the present process, or where there is none, about one that never was.
    About(Id, fn(Id, i32) -> Event),
    Pass(u64),
    /// Whether processes can be started from now on.
    Barren(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let id = || 0..ALL.len();
    let ending = prop_oneof![
        (0i32..3).prop_map(Ending::Code),
        Just(Ending::Signal(9)),
        Just(Ending::Signal(15)),
    ];
    let verb = prop_oneof![Just(Verb::Start), Just(Verb::Stop), Just(Verb::Restart)];
    let about: [fn(Id, i32) -> Event; 4] = [
        |id, pid| Event::Probed(id, pid, true),
        |id, pid| Event::Probed(id, pid, false),
        Event::Paused,
        Event::Resumed,
    ];
    prop_oneof![
        16 => (id(), ending).prop_map(|(id, ending)| Step::End(id, ending)),
        16 => (id(), proptest::sample::select(about.to_vec()))
            .prop_map(|(id, about)| Step::About(id, about)),
        8 => (id(), verb).prop_map(|(id, verb)| Step::Event(Event::Asked(id, verb))),
        12 => (1u64..40_000).prop_map(Step::Pass),
        2 => any::<bool>().prop_map(Step::Barren),
        1 => Just(Step::Event(Event::Stop(0))),
        1 => Just(Step::Event(Event::Kill)),
        1 => Just(Step::Event(Event::Childless)),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 0..80)
}

fn take(world: &mut World, step: Step) {
    match step {
        Step::End(id, ending) if world.machine.pid(id).is_some() => drop(world.end(id, ending)),
        Step::End(id, ending) => drop(world.event(Event::Ended(id, 7, ending))),
        Step::Event(event) => drop(world.event(event)),
        Step::About(id, about) => {
            let pid = world.machine.pid(id).unwrap_or(7);
            world.event(about(id, pid));
        }
        Step::Pass(millis) => drop(world.pass(Duration::from_millis(millis))),
        Step::Barren(is_barren) => world.is_barren = is_barren,
    }
}

/// Whether the service is in a state that is meant to pass by itself.
fn is_passing(world: &World, id: Id) -> bool {
    let machine = &world.machine;
    match machine.state(id) {
        State::Backoff | State::Stopping => true,
        State::Starting if machine.pid(id).is_none() => {
            machine.waits_for(id).is_some_and(|need| machine.state(need) == State::Failed)
        }
        // Whether the database is ready nobody knows while its prober is not.
        State::Starting => id != DB || machine.is_ready(FRONT),
        State::Running | State::Stopped | State::Failed => false,
    }
}

/// Lets time pass as the machine asks for it, and nothing else happen.
fn wait_until(world: &mut World, over: fn(&World) -> bool, most: usize) -> bool {
    for _ in 0..most {
        if over(world) {
            return true;
        }
        let Some(next) = world.machine.next_deadline() else { return over(world) };
        world.pass(next.saturating_sub(world.now));
    }
    over(world)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_rule_is_broken(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            take(&mut world, step);
            prop_assert_eq!(&world.broken_rules, &Vec::<&str>::new());
            for (id, pid) in &world.alive {
                prop_assert_eq!(world.machine.pid(*id), Some(*pid), "a process was lost");
            }
        }
    }

    #[test]
    fn whatever_is_meant_to_pass_has_a_deadline(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            take(&mut world, step);
            if ALL.iter().any(|id| is_passing(&world, *id)) || world.machine.is_stopping() {
                prop_assert!(world.machine.next_deadline().is_some());
            }
        }
    }

    #[test]
    fn nobody_waits_for_what_is_there(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            take(&mut world, step);
            for id in ALL {
                let is_held = world.machine.state(id) == State::Starting
                    && world.machine.pid(id).is_none();
                prop_assert_eq!(is_held, is_held && world.machine.waits_for(id).is_some());
            }
        }
    }

    #[test]
    fn a_stop_always_comes_to_an_end(steps in steps(), obedient in any::<bool>()) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| take(&mut world, step));
        world.event(Event::Stop(0));
        for id in ALL {
            if obedient && world.machine.pid(id).is_some() {
                world.end(id, Ending::Signal(15));
            }
        }
        let began = world.now;
        let is_over =
            |world: &World| world.all.iter().any(|action| matches!(action, Action::Exit(_)));
        prop_assert!(wait_until(&mut world, is_over, 20));
        prop_assert!(world.now - began <= BUDGET + Duration::from_secs(1));
    }

    /// Whatever came before: services that crash whenever they run are given up in the end.
    #[test]
    fn a_crash_loop_always_comes_to_an_end(steps in steps()) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| take(&mut world, step));
        for _ in 0..400 {
            let crashed: Vec<_> = world.alive.iter().map(|(id, _)| *id).collect();
            crashed.into_iter().for_each(|id| drop(world.end(id, Ending::Code(1))));
            let Some(next) = world.machine.next_deadline() else { break };
            world.pass(next.saturating_sub(world.now));
        }
        let is_over = world.machine.is_stopping() || !ALL.iter().any(|id| is_passing(&world, *id));
        prop_assert!(is_over, "something goes on for ever");
    }

    /// Nothing is waited for longer than the longest time that is given to anything.
    #[test]
    fn no_wait_is_without_end(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            take(&mut world, step);
            let wait = world.machine.next_deadline().map(|next| next.saturating_sub(world.now));
            prop_assert!(wait.is_none_or(|wait| wait <= PATIENCE), "{wait:?}");
        }
    }
}
