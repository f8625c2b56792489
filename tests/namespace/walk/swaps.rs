//! A user at work in the home while root walks it: names change places without end.

use std::time::Duration;

use crate::harness::{Container, Spec, text, wait_at_most};

/// Exchanges each name that has a twin with it, round after round, and says how often it could.
const SWAP: &str = r#"
import ctypes, os
libc = ctypes.CDLL(None)
home = os.open('/home/calliope', os.O_RDONLY)
def twins(folder):
    return [(folder, n[:-5].encode(), n.encode()) for n in os.listdir(folder) if n.endswith('.twin')]
pairs = twins(home)
# In root's directories this is refused, until they are the user's.
for name in os.listdir(home):
    if name.startswith('dir') and not name.endswith('.twin'):
        pairs += twins(os.open(name, os.O_RDONLY, dir_fd=home))
count = os.open('/run/rounds', os.O_WRONLY)
rounds = 0
while True:
    for folder, one, other in pairs:
        # renameat2(2), RENAME_EXCHANGE: at no moment is one of them missing.
        rounds += libc.renameat2(folder, one, folder, other, 2) == 0
    os.pwrite(count, b'%d' % rounds, 0)
"#;

/// Root's directories with links to somebody else's for twins; root's files with links, with other
/// names of a file that is elsewhere, and with another user's files for twins.
const PREPARE: &str = r#"
mkdir -p /run/victim/deep /home/calliope /home/elsewhere
touch /run/victim/file /run/victim/deep/file /home/elsewhere/file
cd /home/calliope
for n in $(seq 150); do
    mkdir dir$n dir$n/deep; touch dir$n/file dir$n/deep/file; ln -s /run/victim dir$n.twin
    ln /home/elsewhere/file dir$n/file.twin
    touch file$n; ln -s /run/victim/file file$n.twin
    touch plain$n; ln /home/elsewhere/file plain$n.twin
    touch mine$n theirs; chown 2000:2000 theirs; mv theirs mine$n.twin
done
chown 1000:100 .
cd /
touch /run/rounds; chown 1000 /run/rounds
setpriv --reuid 1000 --regid 100 --clear-groups /usr/bin/python3 "$SCRATCH/swap.py" &
until [ -s /run/rounds ]; do sleep 0.01; done
"#;

/// A walk by path, as it is often written, until it was led astray once.
const NAIVE: &str = r#"
import os, stat, sys, time
until = time.monotonic() + 30
while time.monotonic() < until:
    for name in os.listdir('/home/calliope'):
        path = '/home/calliope/' + name
        if stat.S_ISDIR(os.lstat(path).st_mode):
            for inner in os.listdir(path):
                try: os.chown(path + '/' + inner, 1000, 100, follow_symlinks=False)
                except FileNotFoundError: pass
    if os.stat('/run/victim/file').st_uid == 1000: sys.exit('led astray')
"#;

fn rounds(container: &Container) -> u64 {
    container.sh("cat /run/rounds").trim().parse().unwrap()
}

fn count(container: &Container, find: &str) -> String {
    container.sh(&format!("find {find} | wc -l")).trim().to_owned()
}

#[test]
fn ten_thousand_rounds_lead_it_nowhere() {
    let spec = Spec::with_ide(&["--chown-budget", "1ms"]);
    spec.file("swap.py", SWAP);
    let naive = spec.file("naive.py", NAIVE);
    let container = spec.prepare(PREPARE).slowed("openat2,fchownat", 3_000).start();
    container.wait_for_log("going on in the background");
    let before = rounds(&container);
    wait_at_most(Duration::from_secs(60), "the walk's end", || {
        container.sh("/mnt/waiide-init status --json").contains(r#""state":"done""#).then_some(())
    });
    let swapped = rounds(&container) - before;
    assert!(swapped >= 10_000, "only {swapped} exchanges while it walked");
    // Who looks while names change places sees some of them twice.
    container.sh("pkill -STOP -f swap.py");
    assert_eq!(count(&container, "/run/victim -not -user 0"), "0", "what links lead to");
    assert_eq!(count(&container, "/home/elsewhere -not -user 0"), "0", "what has other names");
    assert_eq!(count(&container, "/home/calliope -user 2000"), "150", "another user's");
    // The walk did something, though half of the names were something else at any time.
    let given = count(&container, "/home/calliope -name 'file*' -user 1000 -type f");
    assert_ne!(given, "0");
    container.sh("pkill -CONT -f swap.py");
    let lost = container.output_as(0, &format!("/usr/bin/python3 {naive}"));
    let said = text(&lost.stderr);
    assert!(said.contains("led astray"), "the same tricks work on a walk by path: {said}");
}
