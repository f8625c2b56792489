//! An id without a name where there is no root to give it one.

use crate::harness::{Spec, text};

/// As OpenShift starts containers: an id of its own, in root's group.
const ARBITRARY: [&str; 4] = ["setpriv", "--reuid=1000660000", "--regid=0", "--clear-groups"];
const HOME: &str =
    "mkdir /home/calliope; chmod 770 /home/calliope; printf 'root:x:0:\\n' > /etc/group;";
const SHOW: &str = "whoami; echo $USER $LOGNAME $HOME $SHELL; tail -n 1 /etc/passwd";

fn run(prepare: &str) -> (String, String) {
    let output = Spec::new(&["--", "sh", "-c", SHOW])
        .prepare(&format!("{HOME} {prepare}"))
        .through(&ARBITRARY)
        .run();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_passwd_that_the_group_may_write_gets_a_line() {
    let (printed, error) = run("chmod g=u /etc/passwd");
    let line = "user1000660000:x:1000660000:0::/home/calliope:/bin/bash";
    assert_eq!(
        printed,
        format!("user1000660000\nuser1000660000 user1000660000 /home/calliope /bin/bash\n{line}\n")
    );
    assert_eq!(error, "");
}

#[test]
fn a_last_line_without_an_end_is_not_continued() {
    let (printed, _) =
        run("chmod g=u /etc/passwd; printf 'last:x:7:7::/:/bin/false' >> /etc/passwd");
    assert!(
        printed.ends_with("\nuser1000660000:x:1000660000:0::/home/calliope:/bin/bash\n"),
        "{printed}"
    );
}

#[test]
fn any_other_is_a_warning_with_what_fails_and_the_remedy() {
    let (printed, error) = run("");
    assert!(
        printed.contains("user1000660000 user1000660000 /home/calliope /bin/bash\n"),
        "{printed}"
    );
    for part in
        ["No user exists for uid 1000660000", "I have no name!", "os.userInfo()", "chmod g+w"]
    {
        assert!(error.contains(part), "{part}: {error}");
    }
    // The other line is whoami's.
    assert_eq!(error.lines().count(), 2, "{error}");
}

#[test]
fn a_home_cannot_smuggle_a_line_in() {
    let output = Spec::new(&["--", "cat", "/etc/passwd"])
        .env("HOME", "/tmp/a\nmallory::0:0::/:/bin/sh")
        .prepare("chmod g=u /etc/passwd; mkdir -p $'/tmp/a\\nmallory::0:0::/:/bin/sh'; chmod -R 777 /tmp/a*")
        .through(&ARBITRARY)
        .run();
    assert!(!text(&output.stdout).contains("mallory"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("control character"), "{}", text(&output.stderr));
}

#[test]
fn an_entry_with_another_home_is_told_to_who_asks_and_is_no_warning() {
    let told = |log| {
        let output = Spec::new(&["--log", log, "--home", "/home/alice", "--", "true"])
            .prepare("mkdir /home/alice; chown 1000 /home/alice")
            .through(&["setpriv", "--reuid=1000", "--regid=100", "--clear-groups"])
            .run();
        text(&output.stderr)
    };
    let error = told("info");
    for part in ["ssh, git and sudo", "as root", "at /home/calliope and give --home /home/calliope"]
    {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert_eq!(told("warn"), "");
}
