//! Root runs nothing that somebody else may have written.

use super::with_hook;
use crate::harness::{Spec, text};

/// Prepares a hook and something wrong with it; asserts that nothing is run and `part` is said.
fn refused(prepare: &str, part: &str) {
    let spec = with_hook(Spec::new(&["--", "echo", "started"]), "init.d/0-first", "echo it ran");
    let output = with_hook(spec, "init.d/hook", "echo it ran").prepare(prepare).run();
    assert_eq!(output.status.code(), Some(3), "{prepare}");
    assert_eq!(text(&output.stdout), "", "{prepare}");
    let said = text(&output.stderr);
    assert!(!said.contains("it ran"), "{prepare}: {said}");
    assert!(said.contains("/etc/waiide/init.d/") && said.contains(part), "{prepare}: {said}");
}

#[test]
fn a_hook_that_others_may_write() {
    let hook = "/etc/waiide/init.d/hook";
    refused(&format!("chmod 775 {hook}"), "hook can be written by its group 0; chmod g-w");
    refused(&format!("chmod 757 {hook}"), "hook can be written by anybody; chmod go-w");
    refused(&format!("chown 1000 {hook}"), "hook belongs to user 1000; chown");
}

#[test]
fn a_directory_above_it_that_others_may_write() {
    for directory in ["/etc", "/etc/waiide", "/etc/waiide/init.d"] {
        refused(
            &format!("chmod 777 {directory}"),
            &format!("{directory} can be written by anybody"),
        );
        refused(
            &format!("chmod 775 {directory}"),
            &format!("{directory} can be written by its group"),
        );
        refused(&format!("chown 1000 {directory}"), &format!("{directory} belongs to user 1000"));
    }
    refused("chmod 1777 /etc/waiide/init.d", "/etc/waiide/init.d can be written by anybody");
}

#[test]
fn a_link_that_leads_to_where_others_may_write() {
    let hook = "/etc/waiide/init.d/hook";
    let make = "cp -p /etc/waiide/init.d/hook /tmp/hook";
    refused(&format!("{make}; ln -sf /tmp/hook {hook}"), "/tmp can be written by anybody");
    refused(&format!("{make}; ln -sf ../../../tmp/hook {hook}"), "/tmp can be written");
    let directory = "mkdir /home/u; mv /etc/waiide/init.d /home/u/d; chown 1000 /home/u";
    refused(&format!("{directory}; ln -s /home/u/d /etc/waiide/init.d"), "/home/u belongs to user");
}

#[test]
fn a_link_by_way_of_one_that_others_may_turn() {
    let script =
        "ln -s /etc/waiide/init.d/0-first /tmp/way; ln -sf /tmp/way /etc/waiide/init.d/hook";
    refused(script, "/tmp can be written by anybody");
}

#[test]
fn a_link_that_goes_round_in_circles() {
    let script = "cd /etc/waiide; ln -s two one; ln -s one two; mv init.d d; ln -s one init.d";
    let spec = with_hook(Spec::new(&["--", "true"]), "init.d/a", "true").prepare(script);
    let output = spec.run();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("/etc/waiide/init.d"));
}

#[test]
fn links_from_a_directory_of_roots_to_another_are_followed() {
    let script = "cd /etc/waiide/init.d; mkdir ..1; mv hook ..1/; ln -s ..1 ..data
        ln -s ..data/hook hook; ln -s /etc/waiide/init.d /etc/hooks; ln -s /etc/hooks/hook other";
    let spec = with_hook(Spec::new(&["--", "true"]), "init.d/hook", "echo it ran: $0");
    let output = spec.prepare(script).run();
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert_eq!(said.matches("it ran: /etc/waiide/init.d/..1/hook").count(), 2, "{said}");
}

#[test]
fn one_that_is_mounted_by_itself_may_come_from_anywhere() {
    let script = "mkdir -m 777 /tmp/volume; cp -p /etc/waiide/init.d/hook /tmp/volume/hook
        mount -n --bind /tmp/volume/hook /etc/waiide/init.d/hook; chmod 0 /tmp/volume";
    let spec = with_hook(Spec::new(&["--", "true"]), "init.d/hook", "echo it ran");
    let output = spec.prepare(script).run();
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("it ran"));
}

#[test]
fn the_users_hooks_may_be_anybodys() {
    let spec = with_hook(Spec::new(&["--", "true"]), "user.d/hook", "echo it ran");
    let output =
        spec.prepare("chmod 777 /etc/waiide/user.d; chown 1000 /etc/waiide/user.d/hook").run();
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("it ran"));
}

#[test]
fn an_interpreter_that_others_may_write() {
    let hook =
        |line: &str| format!("printf '#!%s\\necho it ran\\n' '{line}' > /etc/waiide/init.d/hook");
    let copy = "cp /bin/sh /etc/own; cp /bin/sh /tmp/sh; ln -s /tmp/sh /etc/sh";
    refused(&format!("{copy}; chown 1000 /etc/own; {}", hook("/etc/own -e")), "/etc/own belongs");
    refused(&format!("{copy}; {}", hook(" /etc/sh")), "/tmp can be written by anybody");
    let script = "printf '#!/tmp/sh\\n' > /etc/script; chmod 755 /etc/script";
    refused(&format!("{copy}; {script}; {}", hook("/etc/script")), "#! line names an interpreter");
}

#[test]
fn a_missing_interpreter_is_said_with_its_remedy() {
    let script = "printf '#!/bin/sh\\r\\n' > /etc/waiide/init.d/hook";
    let spec = with_hook(Spec::new(&["--", "true"]), "init.d/hook", "true").prepare(script);
    let output = spec.run();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("line end of Windows"));
}

/// The user's own `mkdir`, which says as whom it was run.
const PLANT: &str = "mkdir -p /home/calliope/bin; cd /home/calliope/bin
    printf '#!/bin/sh\\necho planted mkdir ran as $(id -u)\\n' > mkdir; chmod 755 mkdir
    chown -R 1000:100 /home/calliope";

#[test]
fn a_program_that_the_user_put_on_the_search_path() {
    let spec = Spec::new(&["--", "sh", "-c", "echo $PATH"])
        .env("PATH", "/home/calliope/bin:.:/usr/bin:/bin")
        .prepare(PLANT);
    let call = "echo PATH is $PATH; mkdir -p /run/made";
    let spec = with_hook(with_hook(spec, "init.d/1", call), "init.d/2", call);
    let output = with_hook(spec, "user.d/1", "mkdir").run();
    let said = text(&output.stderr);
    assert_eq!(said.matches("PATH is /usr/bin:/bin\"").count(), 2, "{said}");
    assert!(!said.contains("ran as 0") && said.contains("planted mkdir ran as 1000"), "{said}");
    let warning = "/home/calliope/bin\\\" in PATH is left out for root's start hooks, since \
                   /home/calliope belongs to user 1000";
    assert_eq!(said.matches(warning).count(), 1, "{said}");
    assert!(said.contains("it is no absolute path"), "{said}");
    // The services and the user's hooks search all of it.
    assert_eq!(text(&output.stdout), "/home/calliope/bin:.:/usr/bin:/bin\n");
}

#[test]
fn a_search_path_that_an_earlier_hook_set() {
    let spec = Spec::new(&["--", "sh", "-c", "echo $PATH"]).prepare(PLANT);
    let set = "echo PATH=/home/calliope/bin > $WAIIDE_ENV_FILE";
    let spec = with_hook(spec, "init.d/1", set);
    let output = with_hook(spec, "init.d/2", "echo PATH is $PATH; mkdir -p /run/made").run();
    let said = text(&output.stderr);
    let usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    assert!(said.contains(&format!("PATH is {usual}\"")), "{said}");
    assert!(!said.contains("planted"), "{said}");
}
