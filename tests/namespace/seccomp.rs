//! A seccomp filter that knows no newer system calls, as engines of some years ago have it.

use crate::harness::{Spec, text};
use crate::inheritance::BADLY;

/// Sets the filter, then executes what it is given: `filter.py ERRNO CALLS PROGRAM...`.
const FILTER: &str = r#"
import ctypes, errno, os, platform, struct, sys
NUMBERS = {'clone3': 435, 'openat2': 437, 'pidfd_open': 434, 'pidfd_send_signal': 424, 'close_range': 436,
           'faccessat2': 439, 'pidfd_getfd': 438, 'epoll_pwait2': 441, 'fchmodat2': 452, 'mount_setattr': 442,
           'fchmod': 91 if platform.machine() == 'x86_64' else 52,
           'statx': 332 if platform.machine() == 'x86_64' else 291}
LOAD, EQUAL, RETURN, ALLOW, REFUSE = 0x20, 0x15, 0x06, 0x7fff0000, 0x00050000
number, calls = getattr(errno, sys.argv[1]), sys.argv[2].split(',')
program = [(LOAD, 0, 0, 0)]
for call in calls:
    program += [(EQUAL, 0, 1, NUMBERS[call]), (RETURN, 0, 0, REFUSE | number)]
program.append((RETURN, 0, 0, ALLOW))
code = b''.join(struct.pack('HBBI', *step) for step in program)
class Program(ctypes.Structure): _fields_ = [('length', ctypes.c_ushort), ('code', ctypes.c_char_p)]
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
found = libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(program), code)), 0, 0)
assert found == 0, os.strerror(ctypes.get_errno())
os.execvp(sys.argv[3], sys.argv[3:])
"#;

const NEWER: &str = "openat2,pidfd_open,pidfd_send_signal,close_range,faccessat2,pidfd_getfd,epoll_pwait2,\
    fchmodat2,mount_setattr,statx";

fn filtered(spec: Spec, errno: &str, calls: &str) -> Spec {
    let filter = spec.file("filter.py", FILTER);
    spec.through(&["/usr/bin/python3", &filter, errno, calls])
}

/// The whole way: a home to make and to own, services to start, restart, and stop.
fn assert_works(errno: &str, calls: &str) {
    let mut container = filtered(Spec::with_ide(&["--chown", "always"]), errno, calls)
        .prepare("mkdir -p /home/calliope/a; touch /home/calliope/a/b")
        .start();
    container.wait_until_healthy();
    assert_eq!(container.get("/x"), "ide /x 200");
    assert_eq!(container.sh("find /home/calliope -not -user 1000"), "");
    let ide = container.pid_of("ide");
    container.sh(&format!("kill -9 {ide}"));
    container.wait_for_another("ide", ide);
    container.wait_until_healthy();
    container.signal(nix::sys::signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < std::time::Duration::from_secs(4), "{took:?}");
    let log = container.log();
    assert!(!log.contains("\"level\":\"error\"") && !log.contains("panicked"), "{log}");
}

#[test]
fn calls_that_it_says_do_not_exist() {
    assert_works("ENOSYS", &format!("{NEWER},clone3"));
}

#[test]
fn calls_that_it_says_are_forbidden() {
    // clone3(2) is left out: where that is forbidden rather than missing, no program of a newer C
    // library's can make a thread, and no IDE runs.
    assert_works("EPERM", NEWER);
}

/// Also with strays above what a loop up to 1024 would find.
#[test]
fn no_descriptor_leaks_where_they_cannot_be_closed_in_one_call() {
    for errno in ["ENOSYS", "EPERM"] {
        let spec = Spec::new(&["--", "ls", "-l", "/proc/self/fd"]);
        let (filter, badly) = (spec.file("filter.py", FILTER), spec.file("badly.py", BADLY));
        let python = "/usr/bin/python3";
        let output = spec.through(&[python, &filter, errno, "close_range", python, &badly]).run();
        let open = text(&output.stdout);
        // But for the directory that it reads them from.
        let is_open = |line: &&str| line.contains(" -> ") && !line.contains("/proc/");
        assert_eq!(open.lines().filter(is_open).count(), 3, "{errno}: {open}");
    }
}

/// Runs stat(1) on a file with that filter; returns whose it is.
fn owner(prepare: &str, errno: &str, file: &str) -> String {
    let spec = Spec::new(&["--chown", "always", "--", "stat", "-c", "%u", file]);
    let output = filtered(spec, errno, "openat2").prepare(prepare).run();
    assert_eq!(output.status.code(), Some(0));
    text(&output.stdout)
}

#[test]
fn links_are_not_followed_where_openat2_is_missing() {
    let prepare = "mkdir -p /run/victim /home/calliope; touch /run/victim/file
        ln -s /run/victim /home/calliope/deep; ln -s /run/victim/file /home/calliope/link";
    for errno in ["ENOSYS", "EPERM"] {
        assert_eq!(owner(prepare, errno, "/run/victim/file"), "0\n", "{errno}");
        assert_eq!(owner(prepare, errno, "/run/victim"), "0\n", "{errno}");
        assert_eq!(owner(prepare, errno, "/home/calliope/link"), "1000\n", "{errno}");
    }
}

#[test]
fn mounts_of_other_file_systems_are_left_alone_where_openat2_is_missing() {
    let prepare = "mkdir -p /home/calliope/mounted; mount -n -t tmpfs tmpfs /home/calliope/mounted
        touch /home/calliope/mounted/file";
    for errno in ["ENOSYS", "EPERM"] {
        assert_eq!(owner(prepare, errno, "/home/calliope/mounted/file"), "0\n", "{errno}");
    }
}

#[test]
fn mounts_of_the_same_file_system_are_left_alone_where_openat2_is_missing() {
    let prepare = "mkdir -p /home/on /home/calliope/mounted; touch /home/on/file
        mount -n --bind /home/on /home/calliope/mounted";
    for errno in ["ENOSYS", "EPERM"] {
        assert_eq!(owner(prepare, errno, "/home/on/file"), "0\n", "{errno}");
    }
}

/// As a file system that has no permission bits of its own does to all but the mount's user.
#[test]
fn permission_bits_that_cannot_be_set() {
    let script = "cd; stat -c '%U %n' workspace .jupyter .WAIIDE-server .profile";
    let output = filtered(Spec::new(&["--", "sh", "-c", script]), "EPERM", "fchmod")
        .prepare("mkdir -p /etc/skel; touch /etc/skel/.profile")
        .run();
    let names = ["workspace", ".jupyter", ".WAIIDE-server", ".profile"];
    let expected: String = names.iter().map(|name| format!("calliope {name}\n")).collect();
    assert_eq!(text(&output.stdout), expected, "{}", text(&output.stderr));
}
