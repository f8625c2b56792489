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
fn bytes_that_are_no_text_stay_or_are_told() {
    let (passwd, error) = shown(
        r"printf 'root:x:0:0:r\377\376t:/root:/bin/sh\ncalliope:x:1000:100::/home/calliope:/bin/bash\n' > /etc/passwd",
    );
    assert_eq!(passwd.lines().count(), 2, "{passwd}");
    let is_done = passwd.contains("calliope:x:1000:100::/home/alice:");
    assert!(is_done || error.contains("/etc/passwd"), "{passwd}{error}");
    assert!(passwd.starts_with("root:x:0:0:r\u{fffd}"), "{passwd}");
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
fn nothing_is_left_beside_it() {
    let output = Spec::new(&["--", "sh", "-c", "ls -A /etc | grep -i passwd"])
        .env("WAIIDE_HOME", "/home/alice")
        .prepare("echo left over > /etc/.passwd.waiide-init")
        .run();
    assert_eq!(text(&output.stdout), "passwd\n");
}
