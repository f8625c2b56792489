//! The control socket, through the commands that use it.

use crate::harness::{Spec, text, wait_for};

#[test]
fn status_restart_stop_and_start_work_for_root_and_the_user() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let table = container.sh_as(1000, "$INIT status");
    assert!(table.starts_with("SERVICE") && table.contains("ide      running"), "{table}");
    let ide = container.pid_of("ide");
    assert!(container.output_as(0, "$INIT restart ide").status.success());
    wait_for("another process", || {
        Some(container.pid_of("ide")).filter(|pid| *pid != ide && *pid != 0)
    });
    assert!(container.output_as(1000, "$INIT stop ide").status.success());
    wait_for("the stop", || {
        container.sh("$INIT status").contains("ide      stopped").then_some(())
    });
    let health = container.output_as(0, "$INIT healthcheck");
    assert_eq!(health.status.code(), Some(1));
    assert_eq!(text(&health.stdout), "unhealthy: ide is stopped\n");
    assert!(container.output_as(0, "$INIT start ide").status.success());
    container.wait_until_healthy();
    assert_eq!(container.output_as(0, "$INIT restart nobody").status.code(), Some(1));
}

/// Who follows the changes hears of each one, once.
#[test]
fn a_change_is_told_once() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let told = container.sh_as(
        1000,
        r#"/usr/bin/python3 - <<'END'
import json, os, socket, subprocess
s = socket.socket(socket.AF_UNIX); s.connect('/run/waiide/control.sock')
s.sendall(b'{"op":"subscribe"}\n')
lines = s.makefile()
subprocess.run([os.environ['INIT'], 'restart', 'ide'], check=True, stdout=subprocess.DEVNULL)
states = []
while states[-1:] != ['running']:
    reply = json.loads(next(lines))
    status = reply.get('changed', {})
    states += [status['state']] if status.get('name') == 'ide' else []
print(*states)
END"#,
    );
    assert_eq!(told.trim(), "stopping starting running");
}

#[test]
fn the_socket_is_the_users_alone() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    assert_eq!(container.sh("stat -c '%a %u' /run/waiide/control.sock").trim(), "600 1000");
    assert_eq!(container.output_as(4444, "$INIT status").status.code(), Some(1));
    // A socket whose permissions somebody loosened still asks who it is.
    container.sh("chmod 777 /run/waiide/control.sock");
    let refused = container.output_as(4444, "$INIT status");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("another user"), "{}", text(&refused.stderr));
}

#[test]
fn hostile_clients_do_no_harm() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    container.sh_as(1000, r#"/usr/bin/python3 - <<'END'
import socket
def talk(data, n=1):
    out = []
    for _ in range(n):
        s = socket.socket(socket.AF_UNIX); s.connect('/run/waiide/control.sock'); s.sendall(data); out.append(s)
    return out
keep = talk(b'', 20) + talk(b'{"op":') + talk(b'\0' * 100) + talk(b'{"op":"subscribe"}\n', 20)
for bad in [b'[]\n', b'null\n', b'{"op":"launch"}\n', b'{"op":"logs","lines":-1}\n', b'{"op":"control","verb":"restart"}\n']:
    talk(bad)
END"#);
    container.wait_until_healthy();
    assert!(container.sh("$INIT status").contains("running"));
}

#[test]
fn a_stale_socket_is_replaced() {
    let container = Spec::with_ide(&[])
        .prepare("mkdir /run/waiide; /usr/bin/python3 -c \"import socket; s = socket.socket(socket.AF_UNIX); s.bind('/run/waiide/control.sock')\"")
        .start();
    container.wait_until_healthy();
}

#[test]
fn a_run_directory_that_cannot_be_trusted_is_refused() {
    for (prepare, given) in [
        ("mkdir -m 777 /run/open", "/run/open"),
        ("mkdir -p /run/used/x", "/run/used"),
        ("mkdir /run/lock", "/run"),
        (
            "mkdir /run/real; mkdir -m 777 /run/open; ln -s /run/real /run/open/link",
            "/run/open/link/x",
        ),
    ] {
        let output = Spec::new(&["--run-dir", given, "--", "true"]).prepare(prepare).run();
        assert_eq!(output.status.code(), Some(3), "{given}");
        let error = text(&output.stderr);
        assert!(error.contains(given) && error.contains("--run-dir"), "{error}");
    }
}

/// As `/var/run` is one.
#[test]
fn a_run_directory_behind_a_link_of_roots_is_made_with_all_above_it() {
    let container = Spec::with_ide(&["--run-dir", "/run/link/new/dir"])
        .prepare("mkdir /run/real; ln -s real /run/link")
        .start();
    wait_for("all services to be ready", || {
        let output = container.output_as(0, "$INIT healthcheck --run-dir /run/link/new/dir");
        output.status.success().then_some(())
    });
    assert_eq!(
        container.sh("stat -c '%U %a' /run/real/new /run/real/new/dir"),
        "root 755\ncalliope 755\n"
    );
}

#[test]
fn where_the_usual_run_directory_cannot_be_had_a_private_one_is_taken() {
    for prepare in ["mkdir -m 777 /run/waiide", "mount -n -o remount,ro /run"] {
        let container = Spec::with_ide(&[]).prepare(prepare).start();
        container.wait_until_healthy();
        assert_eq!(container.sh("stat -c '%U %a' /tmp/waiide-1000").trim(), "calliope 700");
        assert_eq!(container.sh_as(1000, "$INIT healthcheck"), "healthy\n");
    }
}

#[test]
fn a_second_one_in_the_same_container_takes_nothing_from_the_first() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let typo = container.output_as(0, "$INIT statsu");
    assert_eq!(typo.status.code(), Some(127));
    assert_eq!(container.sh("$INIT -- id -u").trim(), "1000");
    let second = container.output_as(0, "$INIT run");
    assert_eq!(second.status.code(), Some(2));
    assert!(text(&second.stderr).contains("another waiide-init"), "{}", text(&second.stderr));
    container.wait_until_healthy();
}

#[test]
fn nobody_there_is_a_reason_not_a_crash() {
    let output = Spec::new(&["healthcheck", "--run-dir", "/run/none"]).run();
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stdout);
    assert!(printed.starts_with("unhealthy: /run/none/control.sock"), "{printed}");
    assert_eq!(Spec::new(&["status"]).run().status.code(), Some(1));
}

#[test]
fn healthcheck_works_for_a_program_too() {
    let container = Spec::new(&["--", "sleep", "1000"]).start();
    container.wait_until_healthy();
}

#[test]
fn healthcheck_works_as_root_without_the_right_to_override_permissions() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let checked = container
        .sh("setpriv --bounding-set -all,+setuid,+setgid --inh-caps=-all $INIT healthcheck");
    assert_eq!(checked, "healthy\n");
}

#[test]
fn a_run_directory_of_ones_own_is_found_from_a_terminal() {
    let container = Spec::with_ide(&["--run-dir", "/run/elsewhere"]).start();
    wait_for("all services to be ready", || {
        let output = container.output_as(0, "$INIT healthcheck --run-dir /run/elsewhere");
        output.status.success().then_some(())
    });
    // PID 1's own command line says where it is.
    assert_eq!(container.sh("$INIT healthcheck"), "healthy\n");
    let ide = container.pid_in("ide", "--run-dir /run/elsewhere");
    let environ = container.sh(&format!("tr '\\0' '\\n' < /proc/{ide}/environ"));
    let variable = environ.lines().find(|line| line.starts_with("WAIIDE_")).unwrap();
    let seen = container.sh_as(1000, &format!("export {variable}; $INIT healthcheck"));
    assert_eq!(seen, "healthy\n");
}
