//! What hooks leave behind lives on, and is heard.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::with_hook;
use crate::harness::Spec;

const DAEMON: &str = "sh -c 'while :; do echo still here; sleep 0.2; done' & echo left";

#[test]
fn it_neither_holds_the_start_up_nor_falls_silent() {
    let container = with_hook(Spec::with_ide(&[]), "user.d/daemon", DAEMON).start();
    container.wait_until_healthy();
    let heard = container.log().matches("still here").count();
    assert!(heard > 0);
    crate::harness::wait_for("later lines", || {
        (container.log().matches("still here").count() > heard + 3).then_some(())
    });
    assert!(container.log().contains(r#""message":"still here","service":"user.d/daemon""#));
}

#[test]
fn roots_is_heard_after_the_drop_too() {
    let container = with_hook(Spec::with_ide(&[]), "init.d/daemon", DAEMON).start();
    container.wait_until_healthy();
    let heard = container.log().matches("still here").count();
    crate::harness::wait_for("later lines", || {
        (container.log().matches("still here").count() > heard + 3).then_some(())
    });
}

#[test]
fn the_users_ends_with_the_stop_and_does_not_hold_it_up() {
    let spec = with_hook(Spec::with_ide(&[]), "user.d/daemon", "sleep 1000 &");
    let mut container = with_hook(spec, "user.d/other", "setsid sleep 1000 &").start();
    container.wait_until_healthy();
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(4), "{took:?}");
}

/// It can't be signalled after the drop, and goes with the container.
#[test]
fn roots_does_not_hold_the_stop_up_either() {
    let mut container =
        with_hook(Spec::with_ide(&[]), "init.d/daemon", "echo $$; sleep 1000 &").start();
    container.wait_until_healthy();
    let shown = container.output_as(0, "$INIT logs init.d/daemon");
    assert!(shown.status.success() && !shown.stdout.is_empty());
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn it_is_told_to_end_where_a_later_hook_fails() {
    let daemon = "sh -c 'trap \"echo told to end; exit\" TERM; sleep 1000 & wait' & sleep 0.3";
    let spec = with_hook(Spec::new(&[]), "init.d/1", daemon);
    let mut container = with_hook(spec, "init.d/2", "exit 1").start();
    assert_eq!(container.wait().0, 3);
    assert!(container.log().contains("told to end"));
}

#[test]
fn one_that_never_stops_printing_holds_no_later_hook_up() {
    let spec = with_hook(Spec::new(&["--", "true"]), "user.d/1", "yes &");
    let mut container = with_hook(spec, "user.d/2", "sleep 0.2; echo second").start();
    assert_eq!(container.wait().0, 0);
    assert!(container.log().contains("second"));
}
