//! A long life costs nothing: after thousands of restarts PID 1 is what it was, and with nothing
//! to do it hears the gateway every ten seconds and does nothing in between.

use std::time::Duration;

use crate::harness::{Container, Spec, wait_at_most};

/// Restarts the IDE over one connection, each time waiting for the new process.
const RESTARTS: &str = r#"
import json, socket, sys, time
s = socket.socket(socket.AF_UNIX); s.connect('/run/waiide/control.sock'); f = s.makefile('rw')
def ask(**what):
    f.write(json.dumps(what) + '\n'); f.flush()
    return json.loads(f.readline())
def pid(): return next(x for x in ask(op='services')['services'] if x['name'] == 'ide')['pid']
old = pid()
for _ in range(int(sys.argv[1])):
    ask(op='control', verb='restart', service='ide')
    while (new := pid()) in (None, old): time.sleep(0.0005)
    old = new
print('done')
"#;

#[derive(Debug)]
struct Size {
    descriptors: usize,
    threads: u64,
    memory: u64,
}

/// What it amounts to once the last ones have been forgotten.
fn settled(container: &Container, most: usize) -> Size {
    let patience = Duration::from_secs(15);
    wait_at_most(patience, "the descriptors of the last restarts to be closed", || {
        (container.descriptors() <= most).then_some(())
    });
    Size {
        descriptors: container.descriptors(),
        threads: container.fact("Threads"),
        memory: container.fact("VmRSS"),
    }
}

#[test]
fn thousands_of_restarts_leave_descriptors_threads_and_memory_as_they_were() {
    let container = Spec::with_ide_script("exec sleep 1000", &["--log", "warn"]).start();
    container.wait_for_service("gateway", |gateway| gateway["ready"] == true);
    let at_first = container.descriptors();
    let restart = |count: u32| {
        let script = format!("/usr/bin/python3 - {count} <<'END'\n{RESTARTS}END");
        assert_eq!(container.sh_as(1000, &script), "done\n");
    };
    restart(1000);
    let before = settled(&container, at_first);
    restart(9000);
    let after = settled(&container, at_first);
    eprintln!("{before:?} {after:?}");
    // An ended process's pipes may be open for a moment longer: fewer is as good.
    assert!(after.descriptors <= before.descriptors, "{before:?} {after:?}");
    assert_eq!((before.threads, after.threads), (1, 1));
    assert!(after.memory <= before.memory + 512, "{before:?} {after:?}");
    assert_eq!(container.service("ide")["restarts"], 10_000);
    assert_eq!(container.zombies(), 0);
}

#[test]
fn with_nothing_to_do_it_is_one_thread_that_sleeps() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let switches =
        || container.fact("voluntary_ctxt_switches") + container.fact("nonvoluntary_ctxt_switches");
    // The last of the start goes by first: what has been said is written, clients are let go.
    let quiet = wait_at_most(Duration::from_secs(30), "five quiet seconds", || {
        let before = switches();
        std::thread::sleep(Duration::from_secs(5));
        Some(switches() - before).filter(|count| *count <= 1)
    });
    assert!(quiet <= 1);
    assert_eq!(container.fact("Threads"), 1);
}
