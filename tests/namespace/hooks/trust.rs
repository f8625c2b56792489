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
