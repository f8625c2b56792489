//! Links that the user has planted where directories are expected.

use crate::harness::{Spec, text};

const VICTIM: &str = "mkdir -p /run/victim/inner; touch /run/victim/file /run/victim/inner/file";
const UNTOUCHED: &str = "find /run/victim ! -user 0 | wc -l; ls -A /run/victim | tr '\\n' ' '";

/// Plants a link to root's directory in the home, starts, and shows what became of that.
fn planted(name: &str) -> String {
    let plant = format!(
        "mkdir -p /home/calliope; ln -s /run/victim /home/calliope/{name}; chown -h 1000:100 \
         /home/calliope /home/calliope/{name}"
    );
    let output = Spec::new(&["--chown", "always", "--", "sh", "-c", UNTOUCHED])
        .prepare(VICTIM)
        .prepare(&plant)
        .run();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_link_in_place_of_a_directory_of_ours_leads_root_nowhere() {
    for name in [".jupyter", ".WAIIDE-server", "workspace", ".waiide-owners", ".ssh"] {
        assert_eq!(planted(name), "0\nfile inner ", "{name}");
    }
}

#[test]
fn a_link_in_place_of_the_home_is_refused_with_what_to_do() {
    let output = Spec::new(&["--", "true"])
        .prepare(VICTIM)
        .prepare("ln -s /run/victim /home/calliope")
        .run();
    assert_eq!(output.status.code(), Some(3));
    let error = text(&output.stderr);
    assert!(error.contains("/home/calliope") && error.contains("--home"), "{error}");
}

#[test]
fn a_link_on_the_way_to_the_home_is_refused_too() {
    let output = Spec::new(&["--home", "/run/way/calliope", "--", "true"])
        .prepare(VICTIM)
        .prepare("ln -s /run/victim /run/way")
        .run();
    assert_eq!(output.status.code(), Some(3));
}
