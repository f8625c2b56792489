//! An `/etc/passwd` that is missing, is none, or can't be changed.

use crate::harness::{Spec, text};

const SHOW: &str = "id -u; echo $HOME $USER; cat /etc/passwd";

/// Runs a program as another home's user; asserts that it ran as it should.
fn shown(prepare: &str) -> (String, String) {
    let output = Spec::new(&["--", "sh", "-c", SHOW])
        .env("WAIIDE_HOME", "/home/alice")
        .prepare(prepare)
        .run();
    assert_eq!(output.status.code(), Some(0));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(printed.starts_with("1000\n/home/alice "), "{printed}");
    (printed.splitn(3, '\n').nth(2).unwrap().to_owned(), text(&output.stderr))
}

#[test]
fn a_missing_one_is_made() {
    let (passwd, _) = shown("rm /etc/passwd");
    assert_eq!(passwd, "calliope:x:1000:100::/home/alice:/bin/bash\n");
}

#[test]
fn an_empty_one_is_filled() {
    let (passwd, _) = shown(": > /etc/passwd");
    assert_eq!(passwd, "calliope:x:1000:100::/home/alice:/bin/bash\n");
}

#[test]
fn lines_that_are_none_stay_to_the_letter() {
    let lines = "no colons at all\n::::::\ncalliope\nx:x:notanumber:1::/:/x\n\n\nshort:x:1000\n";
    let (passwd, _) = shown(&format!("printf '{}' > /etc/passwd", lines.replace('\n', "\\n")));
    assert!(passwd.starts_with(lines), "{passwd}");
    let added = passwd.strip_prefix(lines).unwrap();
    assert!(added.ends_with(":x:1000:100::/home/alice:/bin/bash\n"), "{added}");
    assert_eq!(added.lines().count(), 1, "{added}");
}

#[test]
fn bytes_that_are_no_text_stay() {
    let output = Spec::new(&["--", "sh", "-c", "cat /etc/passwd; echo $USER"])
        .env("WAIIDE_HOME", "/home/alice")
        .prepare(
            r"printf 'root:x:0:0:r\377\376t:/root:/bin/sh\nann:x:1000:100:\377:/home/ann:/bin/bash\n' > /etc/passwd",
        )
        .run();
    assert_eq!(
        output.stdout,
        b"root:x:0:0:r\xff\xfet:/root:/bin/sh\nann:x:1000:100:\xff:/home/alice:/bin/bash\nann\n"
    );
    assert_eq!(text(&output.stderr), "");
}

/// Something odd in the place of one of the files: everything works but what is told.
fn told(prepare: &str) -> String {
    let output = Spec::new(&["--", "sh", "-c", "id -u; echo $HOME $USER"])
        .env("WAIIDE_HOME", "/home/alice")
        .prepare(prepare)
        .run();
    assert_eq!(text(&output.stdout), "1000\n/home/alice calliope\n");
    let error = text(&output.stderr);
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

const GROUPS: &str = "printf 'users:x:100:\n' > /etc/group;";

#[test]
fn a_pipe_in_its_place_blocks_nothing() {
    let error = told(&format!("{GROUPS} rm /etc/passwd; mkfifo /etc/passwd"));
    assert!(error.contains("/etc/passwd") && error.contains("it is a pipe"), "{error}");
    let error = told("mkfifo /etc/group; sed -i s:/home/calliope:/home/alice: /etc/passwd");
    assert!(error.contains("/etc/group") && error.contains("it is a pipe"), "{error}");
}

#[test]
fn a_link_in_its_place_is_read_and_stays_a_link() {
    let link = "mv /etc/passwd /etc/real; ln -s real /etc/passwd";
    let error = told(&format!("{GROUPS} {link}"));
    assert!(error.contains("it is a link") && error.contains("/home/calliope"), "{error}");
    let (passwd, error) =
        shown(&format!("{GROUPS} sed -i s:/home/calliope:/home/alice: /etc/passwd; {link}"));
    assert_eq!(error, "");
    assert!(passwd.contains("/home/alice"), "{passwd}");
}

#[test]
fn one_that_is_too_large_is_told() {
    let error = told(&format!("{GROUPS} truncate -s 100M /etc/passwd"));
    assert!(error.contains("64 MiB"), "{error}");
}

#[test]
fn a_missing_group_file_is_made_and_one_that_is_there_gets_a_line() {
    let show = ["--gid", "4321", "--", "sh", "-c", "id -gn; cat /etc/group; stat -c %a /etc/group"];
    let groups = |prepare: &str| text(&Spec::new(&show).prepare(prepare).run().stdout);
    assert_eq!(groups(""), "calliope\ncalliope:x:4321:\n644\n");
    assert_eq!(
        groups("printf 'calliope:x:7:\n# odd' > /etc/group; chmod 604 /etc/group"),
        "group4321\ncalliope:x:7:\n# odd\ngroup4321:x:4321:\n604\n"
    );
}

#[test]
fn a_directory_in_its_place_is_told() {
    let output = Spec::new(&["--", "sh", "-c", "id -u; echo $HOME"])
        .prepare("rm /etc/passwd; mkdir /etc/passwd")
        .run();
    assert_eq!(text(&output.stdout), "1000\n/home/calliope\n");
    assert!(text(&output.stderr).contains("/etc/passwd"), "{}", text(&output.stderr));
}

#[test]
fn one_that_is_mounted_on_its_own_is_told_and_left_whole() {
    // As `docker run -v ./passwd:/etc/passwd` has it: a file can't be renamed over it.
    let (passwd, error) = shown("cp /etc/passwd /run/p; mount -n --bind /run/p /etc/passwd");
    let is_done = passwd.contains(":/home/alice:");
    assert!(is_done || error.contains("/etc/passwd"), "{passwd}{error}");
    assert!(passwd.starts_with("root:x:0:0:root:/root:/bin/bash\ncalliope:x:1000:"), "{passwd}");
}

#[test]
fn a_read_only_one_is_told_and_everything_else_works() {
    let container = Spec::with_ide(&[])
        .env("WAIIDE_HOME", "/home/alice")
        .prepare("mount -n -o remount,ro,bind /etc")
        .start();
    container.wait_until_healthy();
    let log = container.log();
    assert!(log.contains("/etc/passwd") && log.contains("Read-only"), "{log}");
}

#[test]
fn what_will_not_work_is_said_with_the_remedy() {
    let error = told(&format!("{GROUPS} mount -n -o remount,ro,bind /etc"));
    for part in
        ["ssh, git and sudo", "/home/calliope", "readOnlyRootFilesystem", "--home /home/calliope"]
    {
        assert!(error.contains(part), "{part}: {error}");
    }
    let error =
        told(&format!("{GROUPS} cp /etc/passwd /run/p; mount -n --bind /run/p /etc/passwd"));
    assert!(error.contains("mounted"), "{error}");
}

#[test]
fn nothing_is_left_beside_it() {
    let output = Spec::new(&["--", "sh", "-c", "ls -A /etc | grep -i passwd"])
        .env("WAIIDE_HOME", "/home/alice")
        .prepare("echo left over > /etc/.passwd.waiide-init")
        .run();
    assert_eq!(text(&output.stdout), "passwd\n");
}
