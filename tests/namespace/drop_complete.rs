//! After the drop there is no way back, whatever root had been given before.

use crate::harness::{Spec, text};

/// Every way to more rights that comes to mind. Prints what worked, then the groups.
const TRY_ALL: &str = r#"
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
ways = {
    'setuid': lambda: os.setuid(0), 'setgid': lambda: os.setgid(0),
    'seteuid': lambda: os.seteuid(0), 'setegid': lambda: os.setegid(0),
    'setreuid': lambda: os.setreuid(0, 0), 'setregid': lambda: os.setregid(0, 0),
    'setresuid': lambda: os.setresuid(0, 0, 0), 'setresgid': lambda: os.setresgid(0, 0, 0),
    'setgroups': lambda: os.setgroups([0]), 'initgroups': lambda: os.initgroups('root', 0),
    'chown': lambda: os.chown(os.path.expanduser('~'), 0, 0),
    'chroot': lambda: os.chroot('/'), 'mknod': lambda: os.mknod('/tmp/n', 0o060666, 0x700),
    'passwd': lambda: open('/etc/passwd', 'a'),
}
for name, way in ways.items():
    try: way()
    except PermissionError: pass
    else: print('worked:', name)
PR_CAPBSET_READ, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 23, 47, 2
for cap in range(64):
    if libc.prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1: print('bounding set has', cap)
    if libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) == 0: print('raised', cap)
print('groups', sorted(os.getgroups()), os.getresuid(), os.getresgid())
"#;

const DROPPED: &str = "groups [100] (1000, 1000, 1000) (100, 100, 100)\n";

#[test]
fn no_call_leads_back_to_root() {
    let spec = Spec::new(&["--", "/usr/bin/python3", "-c", TRY_ALL]);
    assert_eq!(text(&spec.run().stdout), DROPPED);
}

#[test]
fn groups_inheritable_and_ambient_capabilities_that_root_came_with_are_gone() {
    let spec = Spec::new(&["--", "/usr/bin/python3", "-c", TRY_ALL]).through(&[
        "setpriv",
        "--groups=0,4,44,1234",
        "--inh-caps=+net_raw,+setuid,+sys_admin",
        "--ambient-caps=+net_raw,+setuid,+sys_admin",
    ]);
    assert_eq!(text(&spec.run().stdout), DROPPED);
    let show = "grep -E '^Cap' /proc/self/status | cut -f2 | sort -u";
    let spec = Spec::new(&["--", "sh", "-c", show]).through(&[
        "setpriv",
        "--inh-caps=+chown,+kill,+net_raw,+sys_admin",
        "--ambient-caps=+chown,+kill,+net_raw,+sys_admin",
    ]);
    assert_eq!(text(&spec.run().stdout), "0000000000000000\n");
}

#[test]
fn capabilities_that_stay_over_a_change_of_ids_are_gone() {
    // SECBIT_NO_SETUID_FIXUP: the kernel itself would clear nothing.
    for bits in ["+no_setuid_fixup", "+no_setuid_fixup,+noroot"] {
        let show = "grep -E '^Cap' /proc/self/status | cut -f2 | sort -u; id -u";
        let bits = format!("--securebits={bits}");
        let output = Spec::new(&["--", "sh", "-c", show]).through(&["setpriv", &bits]).run();
        let printed = text(&output.stdout);
        // Refusing to go on would be right as well; going on with a capability would not.
        let is_refused = matches!(output.status.code(), Some(2 | 3)) && printed.is_empty();
        assert!(is_refused || printed == "0000000000000000\n1000\n", "{bits}: {printed}");
    }
}

#[test]
fn a_file_that_makes_its_user_root_does_so_no_more() {
    let output = Spec::new(&["--", "/run/become", "-u"])
        .prepare("cp /usr/bin/id /run/become; chmod 4755 /run/become")
        .run();
    assert_eq!(text(&output.stdout), "1000\n");
}

#[test]
fn every_process_of_the_container_is_the_users() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    // The shell that asks, and what it starts, came in from outside.
    let processes = container.sh("for p in 1 $(cat /proc/1/task/1/children); do \
        grep -E '^(Uid|Gid|Groups|CapPrm|CapBnd|NoNewPrivs)' /proc/$p/status | tr -s '\\t ' ' '; done");
    let facts: std::collections::BTreeSet<_> = processes.lines().map(str::trim).collect();
    let expected = [
        "CapBnd: 0000000000000000",
        "CapPrm: 0000000000000000",
        "Gid: 100 100 100 100",
        "Groups: 100",
        "NoNewPrivs: 1",
        "Uid: 1000 1000 1000 1000",
    ];
    assert_eq!(facts.into_iter().collect::<Vec<_>>(), expected);
}
