//! One story after the other.

use std::time::Duration;

use super::{APP, BUDGET, DB, FRONT, IDE, ONCE, SINGLE, World, service, traits};
use crate::control::protocol::{State, Verb};
use crate::services::OnEnd;
use crate::supervisor::machine::{Action, Event};
use crate::supervisor::restart::Verdict;
use crate::sys::wait::Ending;

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
    world.end_all(Ending::Code(0));
    assert_eq!(world.event(Event::Childless), [Action::Exit(1)]);
}

#[test]
fn singleusers_zero_ends_all_with_zero_and_its_error_restarts() {
    let mut world = World::new();
    world.end(FRONT, Ending::Code(1));
    assert_eq!(world.machine.state(FRONT), State::Starting);
    world.end(FRONT, Ending::Code(0));
    assert!(world.machine.is_stopping());
    world.end_all(Ending::Signal(15));
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
    let others = [world.pid(DB), world.pid(ONCE)];
    world.event(Event::Stop(0));
    let actions: Vec<_> = (0..10).flat_map(|_| world.pass(BUDGET / 11)).collect();
    let told = vec![ide, front, others[0], others[1]];
    assert!(actions.contains(&Action::EndRest(told)), "{actions:?}");
}

#[test]
fn the_front_is_told_first_then_the_ide_then_everyone() {
    let mut world = World::new();
    let actions = world.event(Event::Stop(0));
    assert_eq!(World::sent(&actions, libc::SIGTERM), [FRONT]);
    let actions = world.end(FRONT, Ending::Code(0));
    assert_eq!(World::sent(&actions, libc::SIGTERM), [IDE]);
    world.end_all(Ending::Signal(15));
    assert!(world.all.contains(&Action::EndRest(vec![])));
    assert!(!world.all.iter().any(|action| matches!(action, Action::SignalSession(..))));
    let actions = world.pass(BUDGET);
    assert!(actions.contains(&Action::KillAll));
}

/// As jupyterhub-singleuser, which reaches the IDE through the gateway alone.
#[test]
fn the_ide_is_told_while_one_of_the_front_still_ends_and_the_rest_is_not() {
    let mut services = traits();
    services[FRONT].is_waited_for = false;
    services.push(service(0, OnEnd::Restart));
    let mut world = World::of(services);
    let gateway = ONCE + 1;
    let actions = world.event(Event::Stop(0));
    assert_eq!(World::sent(&actions, libc::SIGTERM), [FRONT, gateway]);
    assert_eq!(World::sent(&world.end(gateway, Ending::Code(0)), libc::SIGTERM), [IDE]);
    let actions = world.end(IDE, Ending::Signal(15));
    assert!(World::sent(&actions, libc::SIGTERM).is_empty(), "{actions:?}");
    world.end(FRONT, Ending::Code(0));
    world.end_all(Ending::Signal(15));
    assert!(world.machine.has_told_all());
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
    let early = world.pass(SINGLE - Duration::from_secs(1));
    assert!(World::sent(&early, libc::SIGKILL).is_empty());
    assert_eq!(World::sent(&world.pass(Duration::from_secs(1)), libc::SIGKILL), [IDE]);
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

#[test]
fn a_service_waits_for_what_it_needs() {
    let mut world = World::new();
    assert_eq!(world.machine.state(APP), State::Starting);
    assert_eq!((world.machine.pid(APP), world.machine.waits_for(APP)), (None, Some(DB)));
    let db = world.pid(DB);
    world.event(Event::Probed(DB, db, true));
    assert!(world.machine.pid(APP).is_some());
    world.end(DB, Ending::Signal(9));
    world.end(APP, Ending::Signal(9));
    assert_eq!(world.machine.waits_for(APP), Some(DB));
    world.event(Event::Asked(APP, Verb::Stop));
    let db = world.pid(DB);
    world.event(Event::Probed(DB, db, true));
    assert_eq!(world.machine.state(APP), State::Stopped);
}

#[test]
fn an_optional_service_fails_alone() {
    let mut world = World::new();
    let actions = world.end(ONCE, Ending::Code(3));
    assert!(actions.contains(&Action::Crashed(ONCE, Verdict::GiveUp)));
    assert_eq!(world.machine.state(ONCE), State::Failed);
    assert!(!world.machine.is_stopping());
}

#[test]
fn what_needs_a_service_that_failed_for_good_fails_with_it() {
    let mut world = World::new();
    for _ in 0..11 {
        world.pass(Duration::from_secs(40));
        world.now = Duration::from_secs(1);
        if world.machine.pid(DB).is_some() {
            world.end(DB, Ending::Code(1));
        }
    }
    assert_eq!(world.machine.state(DB), State::Failed);
    assert_eq!(world.machine.state(APP), State::Failed);
    assert!(world.machine.is_stopping(), "the one that needs it is not optional");
}

#[test]
fn services_that_are_needed_end_after_those_that_need_them() {
    let mut world = World::new();
    let db = world.pid(DB);
    world.event(Event::Probed(DB, db, true));
    world.event(Event::Stop(0));
    let mut order = Vec::new();
    for id in [FRONT, IDE, ONCE, APP, DB] {
        order.extend(World::sent(&world.end(id, Ending::Signal(15)), libc::SIGTERM));
    }
    assert_eq!(order, [IDE, APP, DB]);
    assert!(World::sent(&world.all, libc::SIGINT).contains(&ONCE), "by a signal of its own");
}

#[test]
fn a_restart_of_what_needs_a_failed_service_fails_and_says_for_want_of_what() {
    let mut world = World::new();
    let db = world.pid(DB);
    world.event(Event::Probed(DB, db, true));
    while world.machine.state(DB) != State::Failed {
        world.now = Duration::from_secs(1);
        if world.machine.pid(DB).is_some() {
            world.end(DB, Ending::Code(1));
        }
        world.pass(Duration::from_secs(40));
    }
    assert!(!world.machine.is_stopping(), "it is optional, and the other one runs");
    world.event(Event::Asked(APP, Verb::Restart));
    let actions = world.end(APP, Ending::Signal(15));
    assert!(actions.contains(&Action::Starved(APP, DB)), "{actions:?}");
    assert!(world.machine.is_stopping());
}

#[test]
fn a_session_in_which_nobody_is_left_is_not_looked_for_again() {
    let mut world = World::new();
    let pid = world.pid(IDE);
    world.end(IDE, Ending::Code(1));
    world.event(Event::SessionEmpty(pid));
    let actions = world.pass(Duration::from_secs(3));
    assert!(!actions.contains(&Action::SignalSession(pid, libc::SIGKILL)));
}
