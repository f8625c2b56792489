//! A home whose user had another id before.

use crate::harness::{INIT, Spec, text};

/// Runs commands as root in one container, one after the other, and returns what they print.
fn in_turn(commands: &[&str]) -> String {
    let script = commands.join(" && ").replace("INIT", INIT);
    let output = Spec::new(&[]).through(&["bash", "-c", &script, "--"]).run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

const LEFT: &str = "find /home/calliope ! -user 2000 -printf '%U %P\\n' | sort";

#[test]
fn the_earlier_ids_files_become_the_new_ones() {
    let first = "INIT -- sh -c 'mkdir ~/a; touch ~/a/b ~/c'";
    let second = "INIT --uid 2000 -- true";
    assert_eq!(in_turn(&[first, second, LEFT]), "");
}

#[test]
fn so_do_they_when_the_container_never_ran_as_root_before() {
    let first = "mkdir /home/calliope && chown 1000:100 /home/calliope && setpriv --reuid 1000 \
        --regid 100 --clear-groups INIT -- sh -c 'touch ~/mine'";
    assert_eq!(in_turn(&[first, "INIT --uid 2000 -- true", LEFT]), "");
}

#[test]
fn an_interrupted_change_is_made_up_for() {
    // The second start ends before its walk has: its record names both.
    let second = "strace -D -f -q -o /dev/null -e trace=openat2 -e \
        inject=openat2:delay_enter=20000 INIT --uid 3000 --chown-budget 1ms -- true";
    let first = "INIT -- bash -c 'mkdir ~/d; cd ~/d; mkdir $(seq 300)'";
    let said = in_turn(&[
        first,
        second,
        "stat -c %u /home/calliope/.waiide-owners",
        "find /home/calliope -user 1000 | head -c 1",
        "INIT --uid 2000 -- true",
        LEFT,
    ]);
    assert_eq!(said, "0\n/");
}

#[test]
fn what_could_not_be_given_is_not_forgotten() {
    let first = "INIT -- sh -c 'echo x > ~/file' && mkdir /home/beside && ln /home/calliope/file \
        /home/beside/other";
    let second = "INIT --uid 2000 -- true";
    let left = in_turn(&[first, second, LEFT, "rm /home/beside/other", second, LEFT]);
    assert_eq!(left, "0 .waiide-owners\n1000 file\n");
}

#[test]
fn a_start_without_root_leaves_an_earlier_owners_record() {
    let first = "INIT -- true && chmod 777 /home/calliope";
    let second = "setpriv --reuid 3000 --regid 0 --clear-groups INIT -- true";
    let show = "cd /home/calliope && cat .waiide-owners && ls -A | tr '\\n' ' '";
    let said = in_turn(&[first, second, show]);
    assert!(said.contains("[1000]"), "{said}");
    assert!(said.ends_with("}.WAIIDE-server .jupyter .waiide-owners workspace "), "{said}");
}

#[test]
fn what_could_not_be_given_is_at_the_next_start() {
    let second = "strace -D -f -q -o /dev/null -P /home/calliope/a/b -e trace=fchownat -e \
        inject=fchownat:error=EIO INIT --uid 2000 -- true";
    let first = "INIT -- sh -c 'mkdir ~/a; touch ~/a/b ~/a/c'";
    let left = "find /home/calliope -user 1000 -type f";
    let said = in_turn(&[first, second, left, "INIT --uid 2000 -- true", LEFT]);
    assert_eq!(said, "/home/calliope/a/b\n");
}

#[test]
fn what_is_moved_behind_the_walks_back_is_at_the_next_start() {
    let first = "INIT -- bash -c 'cd; mkdir $(seq 500)'";
    let second = "strace -D -f -q -o /dev/null -e trace=openat2 -e \
        inject=openat2:delay_enter=20000 INIT --uid 2000 --chown-budget 1ms -- bash -c \
        'cd; for n in $(seq 500); do mv $n again-$n; done; while pgrep -f [o]wn-home; do \
        sleep 0.1; done > /dev/null'";
    let left = "find /home/calliope -user 1000 | head -c 1";
    let said = in_turn(&[first, second, left, "INIT --uid 2000 -- true", LEFT]);
    assert_eq!(said, "/");
}

#[test]
fn a_user_can_name_nobody_elses_id() {
    let home = "INIT -- sh -c 'touch ~/mine'; touch /home/calliope/theirs; chown 3000:3000 \
        /home/calliope/theirs";
    // The user's own record, with another id put in.
    let forge = "sed -i 's/\\[1000\\]/[1000,3000]/' /home/calliope/.waiide-owners; \
        grep -q 3000 /home/calliope/.waiide-owners; chown 1000:100 /home/calliope/.waiide-owners";
    assert_eq!(in_turn(&[home, forge, "INIT --uid 2000 -- true", LEFT]), "3000 theirs\n");
}

#[test]
fn a_home_without_a_record_keeps_a_strangers_files() {
    let home =
        "mkdir /home/calliope; touch /home/calliope/theirs; chown 3000 /home/calliope/theirs";
    let said = in_turn(&[home, "INIT --uid 2000 --log warn -- true 2>&1", LEFT]);
    assert!(said.ends_with("3000 theirs\n"), "{said}");
    assert!(said.contains("1 of the home's files belong to other users"), "{said}");
    assert!(said.contains("/home/calliope/theirs (3000:0)"), "{said}");
}

#[test]
fn never_leaves_no_record() {
    let said = in_turn(&["INIT --chown never -- true", "ls -A /home/calliope | tr '\\n' ' '"]);
    assert_eq!(said, ".WAIIDE-server .jupyter workspace ");
}
