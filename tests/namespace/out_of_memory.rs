//! A service that uses up the container's memory: it alone is ended, and that is told.

use crate::harness::{IDE, Spec, cgroup::Cgroup};

/// As the usual one, but the path `/eat` makes it eat memory for ever.
fn glutton() -> String {
    let eat = "    def do_GET(self):\n        if self.path == '/eat':\n            \
               eaten = []\n            while True: eaten.append(b'x' * (1 << 20))";
    IDE.replacen("    def do_GET(self):", eat, 1)
}

#[test]
fn the_one_that_eats_memory_is_ended_alone_and_the_report_says_what_to_do() {
    let group = Cgroup::with_memory(200 << 20);
    let container = Spec::with_ide_python(&glutton(), &[]).prepare(&group.enter()).start();
    container.wait_until_healthy();
    let (ide, gateway) = (container.pid_of("ide"), container.pid_of("gateway"));
    container.get("/eat");
    container.wait_for_another("ide", ide);
    container.wait_until_healthy();
    assert_eq!(container.pid_of("gateway"), gateway);
    assert_eq!(container.get("/x"), "ide /x 200");
    let last = container.service("ide")["last_exit"].clone();
    assert_eq!(last["signal"], "SIGKILL");
    let told = last["message"].as_str().unwrap();
    assert!(told.contains("ran out of memory") && told.contains("give it more"), "{told}");
    assert!(container.log().contains("ran out of memory"), "{}", container.log());
}
