//! Ready, not ready, deaf, silent.

use std::time::Duration;

use super::{APP, DB, FRONT, IDE, PATIENCE, SINGLE, World};
use crate::control::protocol::Verb;
use crate::control::protocol::{SILENCE, State};
use crate::supervisor::machine::{Action, Event};
use crate::supervisor::restart::Verdict;
use crate::sys::wait::Ending;

const SECOND: Duration = Duration::from_secs(1);

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
fn a_service_that_never_gets_ready_is_started_anew_like_one_that_crashed() {
    let mut world = World::new();
    let pid = world.pid(IDE);
    assert!(world.pass(PATIENCE - Duration::from_millis(1)).is_empty());
    let actions = world.pass(Duration::from_millis(1));
    assert!(actions.contains(&Action::Deaf(IDE, PATIENCE)));
    assert!(World::sent(&actions, libc::SIGTERM).contains(&IDE));
    let actions = world.end(IDE, Ending::Code(0));
    assert!(actions.contains(&Action::Crashed(IDE, Verdict::After(Duration::ZERO))), "{actions:?}");
    assert_ne!(world.pid(IDE), pid);
}

#[test]
fn one_that_was_ready_and_goes_deaf_has_less_time() {
    let mut world = World::new();
    let pid = world.pid(IDE);
    world.event(Event::Probed(IDE, pid, true));
    world.pass(PATIENCE * 10);
    assert_eq!(world.machine.state(IDE), State::Running);
    world.event(Event::Probed(IDE, pid, false));
    world.pass(Duration::from_secs(29));
    world.event(Event::Probed(IDE, pid, true));
    world.event(Event::Probed(IDE, pid, false));
    assert!(World::sent(&world.pass(Duration::from_secs(29)), libc::SIGTERM).is_empty());
    assert_eq!(World::sent(&world.pass(Duration::from_secs(1)), libc::SIGTERM), [IDE]);
}

#[test]
fn a_stopped_process_is_not_ready_until_it_answers_again() {
    let mut world = World::new();
    let pid = world.pid(IDE);
    world.event(Event::Probed(IDE, pid, true));
    world.event(Event::Paused(IDE, pid));
    assert!(!world.machine.is_ready(IDE));
    world.event(Event::Resumed(IDE, pid));
    assert!(!world.machine.is_ready(IDE));
    world.event(Event::Probed(IDE, pid, true));
    assert!(world.machine.is_ready(IDE));
}

#[test]
fn work_that_is_done_counts_as_ready_and_is_not_done_again() {
    let mut world = World::new();
    let db = world.pid(DB);
    world.event(Event::Probed(DB, db, true));
    world.end(APP, Ending::Code(0));
    assert_eq!((world.machine.state(APP), world.machine.is_ready(APP)), (State::Stopped, true));
    world.pass(Duration::from_secs(1000));
    assert_eq!(world.machine.pid(APP), None);
    world.event(Event::Asked(APP, Verb::Restart));
    assert!(world.machine.pid(APP).is_some());
}

#[test]
fn nobody_is_deaf_while_nobody_asks() {
    let mut world = World::new();
    let front = world.pid(FRONT);
    world.event(Event::Probed(FRONT, front, true));
    world.event(Event::Asked(FRONT, Verb::Stop));
    world.end(FRONT, Ending::Signal(15));
    world.pass(PATIENCE * 3);
    assert!(!world.all.contains(&Action::Deaf(DB, PATIENCE)));
    world.event(Event::Asked(FRONT, Verb::Start));
    let front = world.pid(FRONT);
    world.event(Event::Probed(FRONT, front, true));
    for _ in 1..PATIENCE.as_secs() {
        world.pass(Duration::from_secs(1));
        world.event(Event::Probed(FRONT, front, true));
    }
    assert!(!world.all.contains(&Action::Deaf(DB, PATIENCE)));
    world.pass(Duration::from_secs(1));
    assert!(world.all.contains(&Action::Deaf(DB, PATIENCE)));
}

/// The IDE says nothing by itself, and nothing is concluded from that.
#[test]
fn one_that_gives_no_sign_of_life_is_started_anew() {
    let mut world = World::new();
    let (ide, front) = (world.pid(IDE), world.pid(FRONT));
    world.event(Event::Probed(IDE, ide, true));
    world.event(Event::Probed(FRONT, front, true));
    world.pass(SILENCE - SECOND);
    world.event(Event::Probed(FRONT, front, true));
    assert_eq!(world.pass(SILENCE - SECOND), []);
    let actions = world.pass(SECOND);
    assert!(actions.contains(&Action::Silent(FRONT)), "{actions:?}");
    assert_eq!(World::sent(&actions, libc::SIGTERM), [FRONT]);
    assert_eq!(World::sent(&world.pass(SINGLE), libc::SIGKILL), [FRONT]);
    world.end(FRONT, Ending::Signal(9));
    assert_ne!(world.pid(FRONT), front);
    assert_eq!((world.pid(IDE), world.machine.is_ready(IDE)), (ide, true));
}

/// The clock goes on while the whole container is paused, and nobody can say anything.
#[test]
fn a_pause_is_held_against_nobody() {
    let mut world = World::new();
    let (ide, front) = (world.pid(IDE), world.pid(FRONT));
    world.event(Event::Probed(FRONT, front, true));
    for _ in 0..3 {
        let actions = world.freeze(PATIENCE * 10);
        assert_eq!(actions, [], "neither the one nor the other is late");
        world.pass(SECOND);
        world.event(Event::Probed(FRONT, front, true));
    }
    let actions = world.pass(SILENCE);
    assert!(actions.contains(&Action::Silent(FRONT)), "{actions:?}");
    let actions = world.pass(PATIENCE);
    assert!(actions.contains(&Action::Deaf(IDE, PATIENCE)), "{actions:?}");
    assert_eq!(world.pid(IDE), ide);
}
