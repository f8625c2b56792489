//! Clients of the control socket that mean harm, or are broken: others are served all the same,
//! and PID 1 grows no larger.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Container, Spec, wait_for};

/// What each of the clients below begins with.
const CONNECT: &str = r#"
import json, socket, time
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect('/run/waiide/control.sock')
    return s
def ready(): print('ready', flush=True)
"#;

/// A client at work; it ends with this value.
struct Client(Child);

impl Client {
    /// Starts it as the user, and waits until it says that it is ready.
    fn start(container: &Container, script: &str) -> Client {
        use std::io::BufRead;
        let target = container.pid.to_string();
        let mut child = Command::new("nsenter")
            .args(["--target", &target, "--pid", "--mount", "--net", "--setuid", "1000"])
            .args([
                "--setgid",
                "100",
                "--",
                "/usr/bin/python3",
                "-c",
                &format!("{CONNECT}{script}"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Client(child)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // nsenter and its child are both in the way; the container's end takes the latter.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn started() -> Container {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    container
}

/// The best of some tries: the machine has other things to do.
fn assert_answers_within(container: &Container, most: Duration) {
    for command in ["$INIT status", "$INIT healthcheck", "$INIT logs --lines 5"] {
        let took = (0..4).map(|_| {
            let began = Instant::now();
            let output = container.output_as(1000, &format!("timeout 15 {command}"));
            assert!(output.status.success(), "{command}: {output:?}");
            began.elapsed()
        });
        let best = took.min().unwrap();
        assert!(best < most, "{command} took {best:?}");
    }
}

#[test]
fn two_at_once_each_get_their_own_answer() {
    let container = started();
    let script = r#"
import threading
def ask(op, kind, wrong):
    s = connect(); f = s.makefile('rw')
    for _ in range(300):
        f.write(json.dumps(op) + '\n'); f.flush()
        answer = json.loads(f.readline())
        if list(answer) != [kind]: wrong.append(answer)
wrong = []
work = [({'op': 'services'}, 'services'), ({'op': 'logs', 'lines': 3}, 'lines'),
        ({'op': 'control', 'verb': 'restart', 'service': 'none'}, 'error')]
threads = [threading.Thread(target=ask, args=(*each, wrong)) for each in work * 2]
[t.start() for t in threads]; [t.join() for t in threads]
print(wrong)
"#;
    let file =
        format!("cat > /tmp/two.py <<'END'\n{CONNECT}{script}END\n/usr/bin/python3 /tmp/two.py");
    assert_eq!(container.sh_as(1000, &file), "[]\n");
}

#[test]
fn two_hundred_that_say_nothing_keep_nobody_waiting() {
    let container = started();
    // Each is hung up on after a while, and comes back at once.
    let script = r#"
import select
kept = [connect() for _ in range(200)]
ready()
while True:
    for s in select.select(kept, [], [])[0]:
        kept.remove(s); s.close()
        kept.append(connect())
"#;
    let _client = Client::start(&container, script);
    assert_answers_within(&container, Duration::from_secs(1));
    container.wait_until_healthy();
}

#[test]
fn two_hundred_that_only_listen_keep_nobody_waiting() {
    let container = started();
    let script = r#"
kept = [connect() for _ in range(200)]
for s in kept: s.setblocking(False); s.send(b'{"op":"subscribe"}\n')
ready()
time.sleep(1000)
"#;
    let _client = Client::start(&container, script);
    assert_answers_within(&container, Duration::from_secs(1));
}

#[test]
fn one_that_never_reads_what_it_asked_for() {
    let container = started();
    let before = container.fact("VmRSS");
    let script = r#"
clients = [connect() for _ in range(10)]
for s in clients:
    s.setblocking(False)
    try:
        for _ in range(10000): s.send(b'{"op":"logs","lines":2000}\n')
    except BlockingIOError: pass
ready()
time.sleep(1000)
"#;
    let _client = Client::start(&container, script);
    assert_answers_within(&container, Duration::from_secs(1));
    let grown = container.fact("VmRSS").saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} kB more");
}

#[test]
fn one_that_says_a_byte_at_a_time_is_hung_up_on() {
    let container = started();
    let script = r#"
s = connect()
began = time.monotonic()
ready()
try:
    for byte in b'{"op":"services"' + b' ' * 1000:
        s.send(bytes([byte])); time.sleep(0.25)
except OSError: pass
open('/tmp/slow', 'w').write(str(time.monotonic() - began))
"#;
    let _client = Client::start(&container, script);
    assert_answers_within(&container, Duration::from_secs(1));
    let took: f64 = wait_for("it to be hung up on", || {
        container.sh("cat /tmp/slow 2>/dev/null").trim().parse().ok()
    });
    assert!((2.0..15.0).contains(&took), "{took} s");
}

#[test]
fn a_request_of_10_mb_is_refused_and_not_kept() {
    let container = started();
    let before = container.fact("VmHWM");
    let script = r#"
s = connect()
s.settimeout(10)
sent = 0
try:
    while sent < 10_000_000: sent += s.send(b'{"op":"services","x":"' + b'y' * 65536)
except OSError: pass
answer = b''
try: answer = s.recv(65536)
except OSError: pass
open('/tmp/large.new', 'w').write(f'{sent} {answer.decode()}')
import os; os.rename('/tmp/large.new', '/tmp/large')
ready()
"#;
    let _client = Client::start(&container, script);
    let told = wait_for("an answer", || {
        Some(container.sh("cat /tmp/large 2>/dev/null")).filter(|told| !told.is_empty())
    });
    let sent: u64 = told.split(' ').next().unwrap().parse().unwrap();
    // No more is taken than a socket's buffer holds.
    assert!(sent < 2_000_000, "{told}");
    let grown = container.fact("VmHWM").saturating_sub(before);
    assert!(grown < 4 * 1024, "{grown} kB more");
    assert_answers_within(&container, Duration::from_secs(1));
}

#[test]
fn a_thousand_that_come_and_go_leave_nothing_behind() {
    let container = started();
    let come_and_go = |count: u32| {
        container.sh_as(
            1000,
            &format!(
                "/usr/bin/python3 - <<'END'\n{CONNECT}\nfor n in range({count}):\n    \
                 s = connect(); s.send([b'', b'{{\"op\":', b'{{\"op\":\"subscribe\"}}\\n', b'x' * 5000][n % 4]); s.close()\nEND"
            ),
        )
    };
    assert_eq!(come_and_go(100), "");
    container.wait_until_healthy();
    let settled =
        || wait_for("its clients to be gone", || Some(container.descriptors()).filter(|n| *n < 40));
    let (before, memory) = (settled(), container.fact("VmRSS"));
    assert_eq!(come_and_go(1000), "");
    container.wait_until_healthy();
    wait_for("its clients to be gone", || (container.descriptors() <= before).then_some(()));
    let grown = container.fact("VmRSS").saturating_sub(memory);
    assert!(grown < 2 * 1024, "{grown} kB more");
}

#[test]
fn ten_thousand_that_want_to_hear_more_and_hang_up_are_forgotten() {
    let container = started();
    let before = container.fact("VmRSS");
    let script = r#"
for n in range(5000):
    for op in ({'op': 'subscribe'}, {'op': 'logs', 'service': 'ide', 'lines': 1, 'follow': True}):
        s = connect(); s.sendall(json.dumps(op).encode() + b'\n'); s.recv(1); s.close()
print('done')
"#;
    let file =
        format!("cat > /tmp/many.py <<'END'\n{CONNECT}{script}END\n/usr/bin/python3 /tmp/many.py");
    assert_eq!(container.sh_as(1000, &file), "done\n");
    assert_answers_within(&container, Duration::from_secs(1));
    let grown = container.fact("VmRSS").saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} kB more");
}

#[test]
fn one_that_follows_slowly_loses_no_line_and_costs_little() {
    let script = "echo ready; read go < /tmp/go; seq 900; echo all; exec sleep 1000";
    let container = Spec::with_ide_script(script, &[]).prepare("mkfifo -m 666 /tmp/go").start();
    container.wait_for_log("\"message\":\"ready\"");
    // It reads nothing until everything was printed.
    container.sh(
        "($INIT logs ide --lines 1 --follow | (while ! test -e /tmp/read; do sleep 0.02; done; cat > /tmp/followed)) \
         > /dev/null 2>&1 &",
    );
    wait_for("the follower", || container.sh("ps -eo args").contains("logs ide").then_some(()));
    std::thread::sleep(Duration::from_millis(200));
    container.sh("echo > /tmp/go");
    container.wait_for_log("\"message\":\"all\"");
    container.sh("touch /tmp/read");
    let lines = wait_for("all of it", || {
        let text = container.sh("cat /tmp/followed 2>/dev/null");
        text.contains(" all\n").then(|| text.lines().count())
    });
    assert_eq!(lines, 902);
}
