//! Alive and deaf: a service that runs and does not do its work is found out and started anew.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::harness::{Container, Spec, cgroup::Cgroup, text, wait_for};

/// Longer than a gateway's sign of life is waited for.
const LONG: Duration = Duration::from_secs(27);

/// Answers until it is told to hang, by a file.
const HANGING_IDE: &str = r#"
import http.server, os, time
class Ide(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while os.path.exists('/home/calliope/hang'): time.sleep(0.05)
        self.send_response(200); self.send_header('Content-Length', '0'); self.end_headers()
    def log_message(self, *args): pass
print('ide is up', flush=True)
http.server.ThreadingHTTPServer(('127.0.0.1', 8071), Ide).serve_forever()
"#;

fn pid_other_than(container: &Container, service: &str, before: i32) -> i32 {
    wait_for("another process", || {
        Some(container.pid_of(service)).filter(|pid| *pid != before && *pid != 0)
    })
}

#[test]
fn an_ide_that_hangs_is_started_anew_and_healthcheck_and_api_agree() {
    let prepare = format!("cat > /mnt/ide.py <<'END'\n{HANGING_IDE}\nEND");
    let container = Spec::new(&["--ready-timeout", "1s"])
        .prepare(&prepare)
        .env("WAIIDE_IDE_COMMAND", "/usr/bin/python3 /mnt/ide.py")
        .start();
    container.wait_until_healthy();
    let before = container.pid_of("ide");
    container.sh("touch /home/calliope/hang");
    wait_for("the health to say so", || {
        let health = container.output_as(0, "$INIT healthcheck");
        let api = container.sh("curl -s -o /dev/null -w '%{http_code}' 127.0.0.1:8070/api/health");
        (health.status.code() == Some(1)).then(|| assert_eq!(api, "503"))
    });
    pid_other_than(&container, "ide", before);
    container.sh("rm /home/calliope/hang");
    container.wait_until_healthy();
    let log = container.log();
    assert!(
        log.contains("ide runs and was not ready for 1s (127.0.0.1:8071 did not answer"),
        "{log}"
    );
}

#[test]
fn one_that_never_gets_ready_is_started_anew() {
    let container =
        Spec::with_ide_script("echo up; exec sleep 1000", &["--ready-timeout", "1s"]).start();
    wait_for("a second start", || (container.log().matches("\"up\"").count() >= 2).then_some(()));
}

#[test]
fn one_that_is_stopped_is_not_ready_and_goes_on_where_it_was() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    for service in ["ide", "gateway"] {
        let pid = container.pid_of(service);
        container.sh(&format!("kill -STOP {pid}"));
        wait_for("the health to say so", || {
            let health = container.output_as(0, "$INIT healthcheck");
            let reason = text(&health.stdout);
            (health.status.code() == Some(1)).then(|| {
                assert!(reason.contains(service) && reason.contains("SIGSTOP"), "{reason}");
            })
        });
        container.sh(&format!("kill -CONT {pid}"));
        container.wait_until_healthy();
        assert_eq!(container.pid_of(service), pid);
    }
}

#[test]
fn one_that_stays_stopped_is_started_anew() {
    let container = Spec::with_ide(&["--ready-timeout", "1s"]).start();
    container.wait_until_healthy();
    for service in ["gateway", "ide"] {
        let pid = container.pid_of(service);
        container.sh(&format!("kill -STOP {pid}"));
        pid_other_than(&container, service, pid);
        container.wait_until_healthy();
    }
}

/// By ptrace(2) the instruction that comes next is made a jump to itself.
#[test]
fn a_gateway_whose_event_loop_is_stuck_is_started_anew() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let gateway = container.pid_of("gateway");
    container.sh(&format!(
        r#"/usr/bin/python3 - <<'END'
import ctypes, os, platform
INTERRUPT, SEIZE, DETACH, GETREGSET, POKETEXT, PRSTATUS = 0x4207, 0x4206, 17, 0x4204, 4, 1
COUNTER, JUMP = dict(x86_64=(16, b"\xeb\xfe"), aarch64=(32, b"\0\0\0\x14"))[platform.machine()]
libc = ctypes.CDLL(None)
def ptrace(request, address, data):
    arguments = [ctypes.c_long(each) for each in (request, {gateway}, address, data)]
    assert libc.ptrace(*arguments) != -1
ptrace(SEIZE, 0, 0)
ptrace(INTERRUPT, 0, 0)
os.waitpid({gateway}, 0x40000000)  # __WALL
registers = (ctypes.c_long * 64)()
class Iovec(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
place = Iovec(ctypes.addressof(registers), 512)
ptrace(GETREGSET, PRSTATUS, ctypes.addressof(place))
ptrace(POKETEXT, registers[COUNTER], int.from_bytes(JUMP.ljust(8, b"\0"), "little"))
ptrace(DETACH, 0, 0)
END"#
    ));
    let deadline = Instant::now() + Duration::from_secs(50);
    while container.pid_of("gateway") == gateway {
        assert!(Instant::now() < deadline, "it is still stuck");
        sleep(Duration::from_millis(200));
    }
    container.wait_for_log("gateway gave no sign of life for 25s");
    container.wait_until_healthy();
}

/// The clock goes on meanwhile, and nobody is late for it.
#[test]
fn a_container_that_was_paused_goes_on_where_it_was() {
    let group = Cgroup::with_freezer();
    let container = Spec::with_ide(&[]).prepare(&group.enter()).start();
    container.wait_until_healthy();
    let before = ["ide", "gateway"].map(|service| container.pid_of(service));
    assert!(container.pid_of("ide") != 0 && !group.is_empty());
    group.freeze();
    sleep(LONG);
    group.thaw();
    container.wait_until_healthy();
    sleep(Duration::from_secs(2));
    container.wait_until_healthy();
    assert!(!container.log().contains("no sign of life"), "{}", container.log());
    assert_eq!(["ide", "gateway"].map(|service| container.pid_of(service)), before);
}
