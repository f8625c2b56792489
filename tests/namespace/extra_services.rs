//! What an image adds in /etc/waiide/services.d.

use nix::sys::signal::Signal;

use crate::harness::{Spec, text, wait_for};

/// Shell commands that write a file of services.d.
fn file(name: &str, text: &str) -> String {
    format!(
        "mkdir -p /etc/waiide/services.d; cat > /etc/waiide/services.d/{name} <<'END'\n{text}\nEND"
    )
}

#[test]
fn a_service_is_run_as_the_user_shown_and_restarted() {
    let agent = r#"
command = ["sh", "-c", "echo agent $(id -u) $COLOUR {home}; exec sleep 1000"]
environment = { COLOUR = "blue" }
"#;
    let container = Spec::with_ide(&[]).prepare(&file("agent.toml", agent)).start();
    container.wait_until_healthy();
    container.wait_for_log(r#""message":"agent 1000 blue /home/calliope","service":"agent""#);
    let pid = container.pid_of("agent");
    container.sh(&format!("kill -9 {pid}"));
    wait_for("another process", || {
        Some(container.pid_of("agent")).filter(|new| *new != pid && *new != 0)
    });
    assert!(container.sh("curl -s 127.0.0.1:8070/api/services/agent").contains("\"restarts\":1"));
    assert!(container.output_as(1000, "$INIT stop agent").status.success());
    assert!(container.sh("$INIT plan").contains("service   agent: sh -c"));
}

#[test]
fn a_service_starts_when_what_it_needs_is_ready_and_ends_before_it() {
    let db = r#"
command = ["/usr/bin/python3", "-u", "-c", """
import signal, socket, sys, time
signal.signal(signal.SIGINT, lambda *_: (print('db ends'), sys.exit(0)))
print('db begins')
while not __import__('os').path.exists('/tmp/go'): time.sleep(0.05)
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', 5432)); s.listen()
while True: s.accept()[0].close()
"""]
readiness = { tcp = 5432 }
stop_signal = "INT"
"#;
    let app = r#"
name = "web-app"
command = ["sh", "-c", "trap 'echo app ends; exit' TERM; echo app begins; while :; do sleep 0.05; done"]
needs = ["db"]
"#;
    let mut container =
        Spec::with_ide(&[]).prepare(&file("db.toml", db)).prepare(&file("app.toml", app)).start();
    container.wait_for_log("db begins");
    container.wait_for_log("ide is ready");
    let status = container.sh("$INIT status");
    assert!(status.contains("waits for db, which is not ready"), "{status}");
    assert_eq!(container.output_as(0, "$INIT healthcheck").status.code(), Some(1));
    assert!(!container.log().contains("app begins"));
    container.sh("touch /tmp/go");
    container.wait_for_log("app begins");
    container.wait_until_healthy();
    container.signal(Signal::SIGTERM);
    assert_eq!(container.wait().0, 0);
    let log = container.log();
    let place = |words| log.find(words).unwrap_or_else(|| panic!("{words}: {log}"));
    assert!(place("app ends") < place("db ends"), "{log}");
}

#[test]
fn work_that_is_done_once_counts_as_ready() {
    let migrate = "command = \"sh -c 'echo migrated; exit 0'\"\nrestart = \"never\"";
    let app = "command = [\"sleep\", \"1000\"]\nneeds = [\"migrate\"]";
    let container = Spec::with_ide(&[])
        .prepare(&file("migrate.toml", migrate))
        .prepare(&file("app.toml", app))
        .start();
    container.wait_until_healthy();
    assert_ne!(container.pid_of("app"), 0);
    assert_eq!(container.log().matches("\"migrated\"").count(), 1);
}

#[test]
fn a_service_that_fails_for_good_ends_the_container_unless_it_is_optional() {
    let broken = "command = \"sh -c 'echo no luck; exit 9'\"\nrestart = \"never\"\n";
    let mut container = Spec::with_ide(&[]).prepare(&file("broken.toml", broken)).start();
    assert_eq!(container.wait().0, 1);
    let log = container.log();
    assert!(log.contains("broken exited with code 9: it is given up"), "{log}");
    assert!(log.contains("\"  no luck\""), "the last lines: {log}");

    let optional = format!("{broken}optional = true");
    let container = Spec::with_ide(&[]).prepare(&file("broken.toml", &optional)).start();
    container.wait_for_log("it is given up, and as it is optional");
    container.wait_until_healthy();
    assert!(container.sh("$INIT status").contains("broken   failed"));
}

#[test]
fn a_bad_file_is_named_with_line_and_reason_and_nothing_is_changed() {
    let cases = [
        ("command = [\"x\"]\nrestart = \"sometimes\"", "a.toml, line 2", "`always`"),
        ("command = [\"x\"]\n\nneed = [\"ide\"]", "a.toml, line 3", "unknown field `need`"),
        ("command = [\"x\"", "a.toml, line 1", "array"),
        ("restart = \"never\"", "a.toml", "missing field `command`"),
        ("command = []", "a.toml, line 1", "expected a command"),
        ("command = \"x {port}\"", "a.toml, line 1", "{port} is no placeholder"),
        ("command = [\"x\"]\nneeds = [\n\"database\"]", "a.toml, line 3", "no service here"),
        ("command = [\"x\"]\nneeds = [\"a\"]", "a.toml, line 2", "none of them could ever start"),
        ("name = \"ide\"\ncommand = [\"x\"]", "a.toml, line 1", "waiide-init's own"),
        ("name = \"../a\"\ncommand = [\"x\"]", "a.toml, line 1", "no name for a service"),
        ("command = [\"x\"]\nstop_signal = \"STOP\"", "a.toml, line 2", "SIGTERM"),
        ("command = [\"x\"]\nreadiness = { tcp = 70000 }", "a.toml, line 2", "1 to 65535"),
        ("command = [\"x\"]\nreadiness = { }", "a.toml, line 2", "exactly one of"),
        ("command = [\"x\"]\ndirectory = \"data\"", "a.toml, line 2", "absolute path"),
        ("command = [\"x\"]\n\ndirectory = \"/a\\u0000b\"", "a.toml, line 3", "NUL"),
        ("command = [\"x\"]\ndirectory = \"/{port}\"", "a.toml, line 2", "no placeholder"),
    ];
    for (content, place, reason) in cases {
        let output = Spec::new(&["run"]).prepare(&file("a.toml", content)).run();
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{content}: {error}");
        assert!(error.contains(place) && error.contains(reason), "{content}: {error}");
        assert!(error.contains("/etc/waiide/services.d/a.toml"), "{error}");
    }
    let twice = Spec::new(&["run"])
        .prepare(&file("a.toml", "command = [\"x\"]"))
        .prepare(&file("b.toml", "name = \"a\"\ncommand = [\"x\"]"))
        .run();
    let error = text(&twice.stderr);
    assert!(error.contains("b.toml") && error.contains("a.toml has a service"), "{error}");
}

#[test]
fn a_program_runs_in_spite_of_a_bad_file() {
    let output = Spec::new(&["--", "echo", "fine"]).prepare(&file("a.toml", "nonsense")).run();
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), "fine\n"));
}

#[test]
fn readiness_is_asked_for_over_http_and_unix_sockets_too() {
    let web = r#"
command = "/usr/bin/python3 -m http.server --bind 127.0.0.1 --directory {home} 9100"
readiness = { http = "http://localhost:9100/there" }
"#;
    let agent = r#"
command = ["/usr/bin/python3", "-c", """
import os, socket, time
while not os.path.exists('/tmp/go'): time.sleep(0.05)
s = socket.socket(socket.AF_UNIX); s.bind('{home}/agent.sock'); s.listen()
while True: s.accept()[0].close()
"""]
readiness = { unix = "{home}/agent.sock" }
"#;
    let container = Spec::with_ide(&[])
        .prepare(&file("web.toml", web))
        .prepare(&file("agent.toml", agent))
        .start();
    container.wait_for_log("ide is ready");
    container.wait_for_log("127.0.0.1:9100 answered 404 to GET /there");
    container.sh("touch /home/calliope/there");
    container.wait_for_log("web is ready");
    let health = container.output_as(0, "$INIT healthcheck");
    assert_eq!(text(&health.stdout), "unhealthy: agent is starting\n");
    container.sh("touch /tmp/go");
    container.wait_until_healthy();
}
