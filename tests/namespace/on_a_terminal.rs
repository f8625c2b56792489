//! On a terminal, as under `docker run -it`: keys, job control and resizing.

use std::thread::sleep;
use std::time::Duration;

use crate::harness::{Container, Spec, terminal::Terminal, wait_for};

/// An interactive shell with job control, as the program.
fn shell() -> (Container, Terminal) {
    let spec = Spec::new(&["--", "bash", "--norc", "--noprofile", "-i"]).env("PS1", "prompt> ");
    let (container, mut terminal) = spec.start_on_terminal();
    terminal.wait_until_shown("prompt> ");
    // What is typed is echoed: only what is put together by the shell is an answer.
    terminal.type_in("echo rea''dy\n");
    terminal.wait_until_shown("ready");
    (container, terminal)
}

/// `args` alone, or with the state before it. PID 1, which has the same words behind its own name,
/// is not meant.
fn wait_for_process(container: &Container, args: &str, is_there: bool) {
    wait_for(&format!("{args}: {is_there}"), || {
        let processes = container.sh("ps -eo stat,args | grep -v '^Z' | tr -s ' '");
        let found = processes.lines().any(|line| {
            let its_args = line.split_once(' ').map(|(_state, args)| args);
            line == args || its_args == Some(args)
        });
        (found == is_there).then_some(())
    });
}

#[test]
fn ctrl_c_reaches_the_foreground_alone() {
    let (mut container, mut terminal) = shell();
    terminal.type_in("sleep 4321 &\n");
    wait_for_process(&container, "sleep 4321", true);
    terminal.type_in("sleep 1234\n");
    wait_for_process(&container, "sleep 1234", true);
    terminal.type_in("\x03");
    terminal.type_in("echo code $?''.\n");
    terminal.wait_until_shown("code 130.");
    wait_for_process(&container, "sleep 1234", false);
    assert!(container.sh("ps -eo args").contains("sleep 4321"), "the job in the background");
    terminal.type_in("exit 7\n");
    assert_eq!(container.wait().0, 7);
}

#[test]
fn ctrl_z_stops_the_foreground_and_the_shell_gets_it_back() {
    let (mut container, mut terminal) = shell();
    terminal.type_in("sleep 1234\n");
    wait_for_process(&container, "sleep 1234", true);
    terminal.type_in("\x1a");
    terminal.wait_until_shown("Stopped");
    terminal.type_in("jo''bs; echo sti''ll here\n");
    terminal.wait_until_shown("still here");
    wait_for_process(&container, "T sleep 1234", true);
    terminal.type_in("fg\n");
    wait_for_process(&container, "T sleep 1234", false);
    wait_for_process(&container, "sleep 1234", true);
    terminal.type_in("\x03");
    wait_for_process(&container, "sleep 1234", false);
    terminal.type_in("\x04");
    terminal.wait_until_shown("exit");
    assert!([0, 130].contains(&container.wait().0));
}

const COUNTING: &str = "import itertools, time\n\
    for n in itertools.count(): print('count', n, flush=True); time.sleep(0.05)";

fn counted(terminal: &Terminal) -> u64 {
    let shown = terminal.shown();
    let last = shown.lines().rev().find_map(|line| line.strip_prefix("count ")?.parse().ok());
    last.unwrap_or(0)
}

#[test]
fn ctrl_z_on_a_program_that_is_no_shell_does_not_hang_the_container() {
    let spec = Spec::new(&["--", "/usr/bin/python3", "-c", COUNTING]);
    let (mut container, mut terminal) = spec.start_on_terminal();
    terminal.wait_until_shown("count 3");
    for _ in 0..3 {
        terminal.type_in("\x1a");
        terminal.wait_until_shown("^Z");
        let now = counted(&terminal);
        wait_for("it to go on", || (counted(&terminal) > now + 3).then_some(()));
    }
    terminal.type_in("\x03");
    assert_eq!(container.wait().0, 130);
}

#[test]
fn ctrl_c_and_ctrl_backslash_end_a_program_as_they_should() {
    for (key, code) in [("\x03", 130), ("\x1c", 131)] {
        let (mut container, mut terminal) = Spec::new(&["--", "sleep", "1234"]).start_on_terminal();
        wait_for_process(&container, "sleep 1234", true);
        terminal.type_in(key);
        assert_eq!(container.wait().0, code);
    }
}

#[test]
fn a_new_size_is_told_to_the_program() {
    let script = "trap 'echo now $(stty size).' WINCH; echo at first $(stty size).; \
        echo rea''dy; while :; do sleep 0.02; done";
    let (container, terminal) = Spec::new(&["--", "bash", "-c", script]).start_on_terminal();
    terminal.wait_until_shown("ready");
    for (rows, columns) in [(33, 101), (50, 132)] {
        terminal.resize(rows, columns);
        terminal.wait_until_shown(&format!("now {rows} {columns}."));
    }
    // An engine that resizes tells PID 1 as well, which hands it on.
    let before = terminal.shown().matches("now 50 132.").count();
    wait_for("one more", || {
        // bash may forget one that comes before it is done with the one before.
        container.signal(nix::sys::signal::SIGWINCH);
        sleep(Duration::from_millis(100));
        (terminal.shown().matches("now 50 132.").count() > before).then_some(())
    });
}

#[test]
fn the_program_leads_the_foreground_and_owns_the_terminal() {
    let script = "ps -o pid=,pgid=,tpgid= -p $$; tty; test -w \"$(tty)\" && echo writ''able; read x; echo got $x";
    let (mut container, mut terminal) = Spec::new(&["--", "sh", "-c", script]).start_on_terminal();
    terminal.wait_until_shown("/dev/pts/");
    let shown = terminal.shown();
    let numbers: Vec<&str> = shown.lines().next().unwrap().split_whitespace().collect();
    assert_eq!((numbers[0], numbers[0]), (numbers[1], numbers[2]), "{shown}");
    terminal.type_in("something\n");
    terminal.wait_until_shown("got something");
    assert_eq!(container.wait().0, 0);
}

#[test]
fn ctrl_c_stops_the_services_and_they_have_no_terminal() {
    let script = "ps -o tty= -p $$; (echo stray > /dev/tty) 2>&1; echo rea''dy; exec sleep 1000";
    let (mut container, mut terminal) = Spec::with_ide_script(script, &[]).start_on_terminal();
    terminal.wait_until_shown("ide | ready");
    assert!(terminal.shown().contains("ide | ?"), "{}", terminal.shown());
    assert!(!terminal.shown().contains("\nstray"), "{}", terminal.shown());
    terminal.type_in("\x03");
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(terminal.shown().contains("SIGINT: stopping"), "{}", terminal.shown());
}

#[test]
fn ctrl_z_on_services_stops_nothing() {
    let (container, mut terminal) = Spec::with_ide(&[]).start_on_terminal();
    container.wait_until_healthy();
    terminal.type_in("\x1a");
    terminal.wait_until_shown("^Z");
    assert!(container.output_as(0, "$INIT status").status.success());
    container.wait_until_healthy();
}
