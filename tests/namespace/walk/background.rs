//! What the walk has not come to when the budget is spent goes on behind the services.

use serde_json::Value;

use crate::harness::{Container, Spec, wait_for};

const MANY: &str = "mkdir -p /home/calliope/many; (cd /home/calliope/many; mkdir $(seq 2000); \
    touch 1/x)";

fn ownership(container: &Container) -> Value {
    let status: Value =
        serde_json::from_str(&container.sh("/mnt/waiide-init status --json")).unwrap();
    status["ownership"].clone()
}

#[test]
fn it_is_reported_while_it_goes_on_and_at_its_end() {
    let container =
        Spec::with_ide(&["--chown-budget", "10ms"]).prepare(MANY).slowed("openat2", 20_000).start();
    container.wait_for_log("going on in the background");
    container.wait_until_healthy();
    wait_for("progress", || {
        let known = ownership(&container);
        (known["state"] == "running" && known["looked_at"].as_u64() > Some(0)).then_some(())
    });
    assert!(container.sh("/mnt/waiide-init status").contains("given to the user in"));
    let done = wait_for("the end", || {
        Some(ownership(&container)).filter(|known| known["state"] == "done")
    });
    assert!(done["changed"].as_u64() > Some(2000), "{done}");
    container.wait_for_log("given to the user in");
    let answer = wait_for("the API", || {
        let answer = container.get("/api/services");
        let answer: Value = serde_json::from_str(answer.trim_end_matches(" 200")).ok()?;
        (answer["ownership"]["state"] == "done").then_some(answer)
    });
    assert_eq!(answer["ownership"]["changed"], done["changed"]);
    wait_for("the helper was reaped", || (container.zombies() == 0).then_some(()));
}

#[test]
fn always_waits_to_the_end_and_never_touches_nothing() {
    let always = Spec::with_ide(&["--chown", "always", "--chown-budget", "1ms"]).prepare(MANY);
    let container = always.start();
    container.wait_until_healthy();
    assert_eq!(ownership(&container)["state"], "done");
    assert!(!container.log().contains("in the background"));
    let never = Spec::with_ide(&["--chown", "never"])
        .prepare(MANY)
        .prepare("chown 1000 /home/calliope")
        .start();
    never.wait_until_healthy();
    assert_eq!(ownership(&never), Value::Null);
    assert_eq!(never.sh("stat -c %u /home/calliope/many/1/x").trim(), "0");
}

#[test]
fn what_services_need_is_theirs_before_they_start() {
    let script = "stat -c '%u %n' ~ ~/.jupyter/a/x ~/.WAIIDE-server/data ~/workspace; \
        exec sleep 1000";
    let container = Spec::with_ide_script(script, &["--chown-budget", "0s"])
        .prepare("mkdir -p /home/calliope/.jupyter/a /home/calliope/.WAIIDE-server/data")
        .prepare("touch /home/calliope/.jupyter/a/x; mkdir /home/calliope/workspace")
        .prepare(MANY)
        .slowed("openat2", 20_000)
        .start();
    container.wait_for_log("1000 /home/calliope/workspace");
    let log = container.log();
    for name in ["", "/.jupyter/a/x", "/.WAIIDE-server/data"] {
        assert!(log.contains(&format!("1000 /home/calliope{name}\"")), "{name}: {log}");
    }
    assert!(!log.contains("given to the user in"), "the walk goes on");
}

#[test]
fn a_helper_that_is_killed_is_told_of() {
    let container =
        Spec::with_ide(&["--chown-budget", "10ms"]).prepare(MANY).slowed("openat2", 20_000).start();
    container.wait_for_log("going on in the background");
    container.sh("pkill -KILL -f own-home");
    container.wait_for_log("the walk ended before its end");
    assert_eq!(ownership(&container)["state"], "failed");
    container.wait_until_healthy();
}

#[test]
fn two_that_share_a_volume_walk_one_after_the_other() {
    let container = Spec::with_ide(&["--chown-budget", "10ms"])
        .prepare(MANY)
        .prepare("chown 1000 /home/calliope; flock /home/calliope sleep 1000 &")
        .prepare("while flock --nonblock /home/calliope true; do sleep 0.01; done")
        .start();
    container.wait_until_healthy();
    wait_for("word of it", || (ownership(&container)["state"] == "waiting").then_some(()));
    assert!(container.sh("/mnt/waiide-init status").contains("somebody has locked the home"));
    assert_eq!(container.sh("stat -c %u /home/calliope/many/1/x").trim(), "0");
    container.sh("pkill -KILL -f 'sleep 1000'");
    wait_for("the end", || (ownership(&container)["state"] == "done").then_some(()));
}

#[test]
fn a_stop_does_not_wait_for_it_and_is_no_failure() {
    let mut container =
        Spec::with_ide(&["--chown-budget", "10ms"]).prepare(MANY).slowed("openat2", 20_000).start();
    container.wait_for_log("going on in the background");
    container.wait_until_healthy();
    container.signal(nix::sys::signal::Signal::SIGTERM);
    let (code, _) = container.wait();
    assert_eq!(code, 0);
    assert!(!container.log().contains("ended before its end"));
}
