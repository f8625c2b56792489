//! `-- PROGRAM`: one program in place of the services.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::harness::{Spec, text};

fn code_of(words: &[&str]) -> Option<i32> {
    let args: Vec<&str> = [&["--"], words].concat();
    Spec::new(&args).run().status.code()
}

/// A slip changes nothing, and with "--" it is a program all the same, that a hook may bring along.
#[test]
fn a_mistyped_command_is_refused_before_anything_is_done() {
    let slip = "/mnt/waiide-init --home /home/slip health || echo code $? $(ls /home) >&2";
    let error = text(&Spec::new(&["--", "true"]).prepare(slip).run().stderr);
    assert!(error.contains("did you mean healthcheck?") && error.contains("-- health"), "{error}");
    assert!(error.contains("code 127\n"), "{error}");
    let hook = "mkdir -p /etc/waiide/init.d /run/tools; cat > /etc/waiide/init.d/10-it <<'END'
#!/bin/sh
printf '#!/bin/sh\\nexit 7\\n' > /run/tools/health; chmod 755 /run/tools/health
echo \"PATH=/run/tools:$PATH\" >> $WAIIDE_ENV_FILE
END
chmod 755 /etc/waiide/init.d/10-it";
    let output = Spec::new(&["--", "health"]).prepare(hook).run();
    assert_eq!(output.status.code(), Some(7), "{}", text(&output.stderr));
}

#[test]
fn its_exit_code_is_the_containers() {
    assert_eq!(code_of(&["true"]), Some(0));
    assert_eq!(code_of(&["sh", "-c", "exit 7"]), Some(7));
    assert_eq!(code_of(&["sh", "-c", "kill -9 $$"]), Some(137));
    assert_eq!(code_of(&["sh", "-c", "kill -TERM $$"]), Some(143));
    assert_eq!(code_of(&["/no/such/program"]), Some(127));
    assert_eq!(code_of(&["no-such-program"]), Some(127));
    assert_eq!(code_of(&["/etc/passwd"]), Some(126));
    assert_eq!(code_of(&["/etc"]), Some(126));
}

#[test]
fn its_output_is_not_mixed_with_ours() {
    let output = Spec::new(&["echo", "hello"]).run();
    assert_eq!(text(&output.stdout), "hello\n");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn it_runs_as_the_user_in_a_home_that_is_there() {
    let output =
        Spec::new(&["--", "sh", "-c", "id -u; echo $HOME $USER; test -w ~/workspace && pwd"]).run();
    assert_eq!(text(&output.stdout), "1000\n/home/calliope calliope\n/home/calliope\n");
}

#[test]
fn every_signal_goes_to_it() {
    let script = "for s in HUP INT QUIT USR1 USR2 WINCH CONT ALRM; do trap \"echo got $s\" $s; done
        trap 'echo got TERM; exit 3' TERM; echo ready; while :; do sleep 0.02; done";
    let mut container = Spec::new(&["--", "bash", "-c", script]).start();
    container.wait_for_log("ready");
    let signals = [
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGWINCH,
        Signal::SIGCONT,
        Signal::SIGALRM,
    ];
    for signal in signals {
        container.signal(signal);
        container.wait_for_log(&format!("got {}", &signal.as_str()[3..]));
    }
    container.signal(Signal::SIGTERM);
    assert_eq!(container.wait().0, 3);
    assert!(container.log().contains("got TERM"));
}

#[test]
fn one_that_ignores_term_is_killed_when_the_time_is_up() {
    let script = "trap '' TERM; echo ready; while :; do sleep 0.02; done";
    let mut container = Spec::new(&["--stop-timeout", "300ms", "--", "bash", "-c", script]).start();
    container.wait_for_log("ready");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 137);
    assert!(took >= Duration::from_millis(250), "{took:?}");
}

#[test]
fn what_it_leaves_behind_ends_with_it() {
    let script = "setsid sh -c 'trap \"\" TERM; sleep 1000' & echo $!; exit 4";
    let mut container = Spec::new(&["--stop-timeout", "200ms", "--", "bash", "-c", script]).start();
    assert_eq!(container.wait().0, 4);
}
