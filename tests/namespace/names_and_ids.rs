//! Names and ids as a Hub, an orchestrator or an attacker may set them.

use crate::harness::{INIT, Spec, text};
use crate::refusals::refused;

#[test]
fn names_that_would_leave_the_home_or_break_a_line() {
    let long = "x".repeat(256);
    let names = [
        "..",
        ".",
        "a/b",
        "/",
        "/etc",
        "../root",
        "x:y",
        "a\nb",
        "a\rb",
        "a\tb",
        "\u{7f}",
        "\u{1b}[2J",
    ];
    for name in names.into_iter().chain([long.as_str()]) {
        let error = refused(&["--mode", "standalone"], &[("JUPYTERHUB_USER", name)]);
        assert!(error.contains("JUPYTERHUB_USER"), "{name:?}: {error}");
        // A terminal, or a log's reader, gets no control character of theirs.
        let is_control = |c: char| c.is_control() && c != '\n';
        assert!(!error.contains(is_control), "{error:?}");
    }
}

#[test]
fn odd_names_that_are_directories_names_all_the_same() {
    let long = "y".repeat(255);
    for name in
        ["-rf", "--help", "ann@example.com", "O'Neil", "x y", "$(id)", "`id`", "ü", "*", &long]
    {
        let script = format!("{INIT} -- sh -c 'pwd; id -u; echo \"$HOME\"'; ls -A /home");
        let output = Spec::new(&[])
            .env("JUPYTERHUB_USER", name)
            .env("WAIIDE_MODE", "standalone")
            .instead(&["bash", "-c", &script])
            .run();
        let home = format!("/home/{name}");
        let printed = text(&output.stdout);
        assert_eq!(printed, format!("{home}\n1000\n{home}\n{name}\n"), "{}", text(&output.stderr));
    }
}

#[test]
fn an_empty_name_is_none() {
    let output = Spec::new(&["--", "sh", "-c", "echo $HOME"]).env("JUPYTERHUB_USER", "").run();
    assert_eq!(text(&output.stdout), "/home/calliope\n");
}

#[test]
fn homes_that_are_none() {
    let strange = ["relative", "..", "-rf", "/", "/home/../etc", "/home/x/..", "/home/x:y"];
    let others = ["/home/a\nb", "/home", "/home/", "/etc", "/usr/local/me", "/tmp", "/var"];
    for home in strange.into_iter().chain(others) {
        let error = refused(&[], &[("WAIIDE_HOME", home)]);
        assert!(error.contains("WAIIDE_HOME"), "{home:?}: {error}");
    }
}

#[test]
fn a_home_whose_name_is_too_long_for_a_directory() {
    let long = format!("/home/{}", "x".repeat(256));
    let error = refused(&[], &[("WAIIDE_HOME", &long)]);
    assert!(error.contains("WAIIDE_HOME"), "{error}");
}

const NO_IDS: [&str; 13] = [
    "-1",
    "0",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    " 1000",
    "1000 ",
    "+1000",
    "1e3",
    "0x3e8",
    "1000:100",
    "root",
    "1000\n0",
];

#[test]
fn ids_that_are_none() {
    for name in ["WAIIDE_UID", "WAIIDE_GID", "NB_UID", "NB_GID"] {
        for id in NO_IDS {
            let error = refused(&[], &[(name, id)]);
            assert!(error.contains(name), "{name}={id:?}: {error}");
        }
    }
}

#[test]
fn flags_are_as_strict() {
    for (flag, value) in
        [("--uid", "4294967296"), ("--uid", "-1"), ("--gid", "4294967295"), ("--home", "..")]
    {
        let error = refused(&[&format!("{flag}={value}")], &[]);
        assert!(error.contains(flag), "{flag}={value}: {error}");
    }
}

#[test]
fn the_largest_id_is_an_id() {
    let output = Spec::new(&["--uid", "4294967294", "--", "id", "-u"]).run();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "4294967294\n");
}
