//! Root that may not override permissions: it sees with the user's eyes where it has to.

use crate::harness::{Spec, text};

const KEEP: &str = "-all,+chown,+setuid,+setgid";

#[test]
fn roots_files_in_a_private_home_are_given_all_the_same() {
    let prepare = "mkdir -m 700 /home/calliope; cd /home/calliope
        mkdir -p mine/deep roots/deep .jupyter; touch x mine/y mine/deep/z roots/u roots/deep/v
        chown 1000:100 . mine mine/deep; chmod 700 mine mine/deep roots/deep; cd /";
    let output = Spec::new(&["--", "sh", "-c", "find ~ ! -user 1000; find ~ | wc -l"])
        .prepare(prepare)
        .through(&["setpriv", "--bounding-set", KEEP, "--inh-caps=-all"])
        .run();
    // The home, nine entries, and what is made: workspace, .WAIIDE-server and the record.
    assert_eq!(text(&output.stdout), "14\n", "{}", text(&output.stderr));
}

#[test]
fn a_home_that_even_the_user_may_not_read_is_told_of() {
    let prepare = "mkdir -p /home/calliope/closed; touch /home/calliope/closed/x
        chown -R 1000:100 /home/calliope; chmod 0 /home/calliope/closed";
    let output = Spec::new(&["--log", "warn", "--", "true"])
        .prepare(prepare)
        .through(&["setpriv", "--bounding-set", KEEP, "--inh-caps=-all"])
        .run();
    let told = text(&output.stderr);
    assert!(told.contains("1 of the home's files could not be given"), "{told}");
    assert!(told.contains("/home/calliope/closed (Permission denied"), "{told}");
    assert_eq!(output.status.code(), Some(0));
}
