//! Orphans come to PID 1 when their parents end, and are taken away when they end themselves.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::harness::{Spec, wait_for};

/// Makes zombies without end, then ends without having reaped one: all of them come to PID 1 at
/// once. Prints how many seconds PID 1 takes to get rid of them.
const FLOOD: &str = r#"
import os, time
COUNT = 10000
def children(): return len(open('/proc/1/task/1/children').read().split())
before = children()
parent = os.fork()
if parent == 0:
    for _ in range(COUNT):
        child = os.fork()
        if child == 0: os._exit(0)
        # It has ended, and stays a zombie. One after the other: the machine has other work, too.
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    os._exit(0)
while True:
    ended = os.waitid(os.P_PID, parent, os.WEXITED | os.WNOWAIT)
    if ended: break
began = time.monotonic()
while children() > before + 5: time.sleep(0.002)
print(time.monotonic() - began)
"#;

/// Orphans that end one after the other. Prints for each how many milliseconds it stayed a zombie.
const ONE_BY_ONE: &str = r#"
import os, select, time
for _ in range(30):
    read, write = os.pipe()
    parent = os.fork()
    if parent == 0:
        os.close(read)
        orphan = os.fork()
        if orphan == 0:
            time.sleep(0.05)
            os._exit(0)
        os.write(write, str(orphan).encode())
        os._exit(0)
    os.close(write)
    os.waitpid(parent, 0)
    orphan = int(os.read(read, 20))
    os.read(read, 1)                       # its end of the pipe goes when it ends
    began = time.monotonic()
    while os.path.exists(f'/proc/{orphan}'): time.sleep(0.0005)
    print((time.monotonic() - began) * 1000)
"#;

#[test]
fn ten_thousand_zombies_at_once_are_gone_in_two_seconds_while_services_answer() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let pids = (container.pid_of("ide"), container.pid_of("gateway"));
    let is_over = AtomicBool::new(false);
    let took: f64 = std::thread::scope(|scope| {
        let asker = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(container.get("/x"), "ide /x 200");
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
        });
        let took = container.sh(&format!("/usr/bin/python3 -I -S -c \"{FLOOD}\""));
        is_over.store(true, Ordering::Relaxed);
        asker.join().unwrap();
        took.trim().parse().expect(&took)
    });
    assert!(took < 2.0, "{took} s");
    wait_for("no zombies", || (container.zombies() == 0).then_some(()));
    assert_eq!((container.pid_of("ide"), container.pid_of("gateway")), pids);
    container.wait_until_healthy();
}

#[test]
fn an_orphan_is_reaped_within_50_ms() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let printed = container.sh_as(1000, &format!("/usr/bin/python3 -c \"{ONE_BY_ONE}\""));
    let mut times: Vec<f64> = printed.lines().map(|line| line.parse().expect(&printed)).collect();
    assert_eq!(times.len(), 30);
    times.sort_by(f64::total_cmp);
    // Not the worst of them: other tests share the machine.
    assert!(times[times.len() * 3 / 4] < 50.0, "{times:?}");
}
