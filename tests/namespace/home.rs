//! The home: made, given to the user, and nothing else touched.

use crate::harness::{INIT, Spec, text};

/// Prepares, runs a shell command as the user in place of the services, returns what it prints.
fn after(prepare: &str, script: &str) -> String {
    let output = Spec::new(&["--", "bash", "-c", script]).prepare(prepare).run();
    assert!(output.status.success());
    text(&output.stdout)
}

const OWNERS: &str = "stat -c '%u:%g %n'";

#[test]
fn a_missing_home_is_made_with_its_directories_and_the_skeleton() {
    let printed = after(
        "mkdir -p /etc/skel/.config; echo hi > /etc/skel/.config/x; chmod 755 /etc/skel/.config/x",
        &format!(
            "cd; {OWNERS} . workspace .jupyter .WAIIDE-server .config .config/x; stat -c %a .config/x; cat .config/x"
        ),
    );
    let owned = [".", "workspace", ".jupyter", ".WAIIDE-server", ".config", ".config/x"]
        .map(|name| format!("1000:100 {name}\n"));
    assert_eq!(printed, owned.concat() + "755\nhi\n");
}

#[test]
fn the_homes_own_workspace_is_there_whichever_the_ide_opens() {
    let script = "cd; stat -c '%U %n' workspace /run/w";
    let output = Spec::new(&["--workspace", "/run/w", "--", "sh", "-c", script]).run();
    assert_eq!(text(&output.stdout), "calliope workspace\ncalliope /run/w\n");
}

#[test]
fn files_of_roots_are_given_to_the_user_and_others_stay() {
    let printed = after(
        "mkdir -p /home/calliope/a/b; touch /home/calliope/a/b/c /home/calliope/theirs
         chown 4444:4444 /home/calliope/theirs; ln -s /etc/passwd /home/calliope/link",
        &format!("cd; {OWNERS} . a a/b a/b/c theirs link /etc/passwd"),
    );
    assert_eq!(
        printed,
        "1000:100 .\n1000:100 a\n1000:100 a/b\n1000:100 a/b/c\n4444:4444 theirs\n1000:100 link\n0:0 /etc/passwd\n"
    );
}

#[test]
fn what_is_mounted_in_the_home_is_left_alone() {
    let printed = after(
        "mkdir -p /home/calliope/data /home/calliope/bound /run/elsewhere; mount -t tmpfs tmpfs /home/calliope/data
         touch /home/calliope/data/x; touch /home/outside; mkdir /home/beside; touch /home/beside/y
         mount --bind /home/beside /home/calliope/bound",
        &format!("cd; {OWNERS} data/x bound/y"),
    );
    assert_eq!(printed, "0:0 data/x\n0:0 bound/y\n");
}

#[test]
fn an_existing_home_keeps_its_files() {
    let printed = after(
        "mkdir /home/calliope; echo mine > /home/calliope/.profile; echo skel > /etc/skel/.profile; echo skel > /etc/skel/.new",
        "cd; cat .profile; ls -A | sort | tr '\\n' ' '",
    );
    assert_eq!(printed, "mine\n.WAIIDE-server .jupyter .profile .waiide-owners workspace ");
}

#[test]
fn the_passwd_entry_has_the_home_and_other_lines_stay() {
    let output = Spec::new(&[
        "--",
        "bash",
        "-c",
        "cat /etc/passwd; stat -c '%a %u' /etc/passwd; echo ~calliope",
    ])
    .env("JUPYTERHUB_USER", "alice")
    .prepare("printf '# odd line\\nlast:x:7:7::/:/bin/false' >> /etc/passwd")
    .run();
    assert_eq!(
        text(&output.stdout),
        "root:x:0:0:root:/root:/bin/bash\ncalliope:x:1000:100::/home/alice:/bin/bash\n# odd line\nlast:x:7:7::/:/bin/false644 0\n/home/alice\n"
    );
}

#[test]
fn a_passwd_that_cannot_be_changed_is_a_warning_that_says_what_fails() {
    let output = Spec::new(&["--", "echo", "ran"])
        .env("JUPYTERHUB_USER", "alice")
        .prepare("mount -o remount,ro,bind /etc")
        .run();
    assert_eq!(text(&output.stdout), "ran\n");
    let error = text(&output.stderr);
    assert!(error.contains("/etc/passwd") && error.contains("ssh"), "{error}");
}

#[test]
fn a_link_in_the_homes_place_is_refused_and_not_followed() {
    let output = Spec::new(&["--", "true"])
        .prepare("mkdir /run/target; ln -s /run/target /home/calliope")
        .run();
    assert_eq!(output.status.code(), Some(3));
    let error = text(&output.stderr);
    assert!(error.contains("/home/calliope") && error.contains("link"), "{error}");
}

#[test]
fn links_that_the_user_planted_lead_nowhere() {
    let printed = after(
        "mkdir -p /home/calliope /run/victim; touch /run/victim/file
         ln -s /run/victim /home/calliope/.jupyter; ln -s /run/victim /home/calliope/workspace
         ln -s /run/victim /home/calliope/deep",
        &format!("{OWNERS} /run/victim /run/victim/file"),
    );
    assert_eq!(printed, "0:0 /run/victim\n0:0 /run/victim/file\n");
}

/// The user has moved the folder above it to another volume.
#[test]
fn a_link_above_the_workspace_is_the_users_and_no_reason_to_end() {
    let prepare = "mkdir -p /home/calliope /run/volume/main; cd /home/calliope
        ln -s /run/volume projects; chown -h 1000 . projects; cd /";
    let words = ["--workspace", "/home/calliope/projects/main", "--", "echo", "started"];
    let output = Spec::new(&words).prepare(prepare).run();
    assert_eq!(text(&output.stdout), "started\n", "{}", text(&output.stderr));
}

#[test]
fn a_file_in_the_homes_place_is_named() {
    let output = Spec::new(&["run"]).prepare("touch /home/calliope").run();
    assert_eq!(output.status.code(), Some(3));
    let error = text(&output.stderr);
    assert!(error.contains("/home/calliope") && error.contains("no directory"), "{error}");
}

#[test]
fn a_full_disk_is_named() {
    let output = Spec::new(&["--home", "/run/full/home"])
        .prepare("mkdir /run/full; mount -t tmpfs -o nr_inodes=1 tmpfs /run/full")
        .run();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("full"), "{}", text(&output.stderr));
}

#[test]
fn chown_never_touches_nothing_that_was_there() {
    let output = Spec::new(&[
        "--chown",
        "never",
        "--",
        "bash",
        "-c",
        &format!("cd; {OWNERS} . old workspace"),
    ])
    .prepare("mkdir /home/calliope; touch /home/calliope/old; chown 1000 /home/calliope")
    .run();
    assert_eq!(text(&output.stdout), "1000:0 .\n0:0 old\n1000:100 workspace\n");
}

#[test]
fn a_second_start_changes_nothing() {
    let again = format!(
        "{} -- true && find /home -printf '%p %C@ %U\\n' | sort > /run/one && {} -- true && \
        find /home -printf '%p %C@ %U\\n' | sort > /run/two && cmp /run/one /run/two && echo same",
        INIT, INIT
    );
    let output = Spec::new(&[]).through(&["bash", "-c", &again, "--"]).run();
    assert!(text(&output.stdout).ends_with("same\n"));
}

#[test]
fn a_large_home_does_not_hold_services_up_for_longer_than_the_budget() {
    let container = Spec::with_ide_script("echo started; exec sleep 1000", &["--chown-budget", "1ms"])
        .prepare("mkdir -p /home/calliope/big; cd /home/calliope/big; for i in $(seq 40); do mkdir $i; (cd $i; touch $(seq 500)); done; cd /")
        .start();
    container.wait_for_log("going on in the background");
    container.wait_for_log("started");
    container.wait_for_log("given to the user");
    let left = container.sh("find /home/calliope -not -user 1000 | wc -l");
    assert_eq!(left.trim(), "0");
}

#[test]
fn a_file_that_is_mounted_into_the_home_is_left_alone() {
    let printed = after(
        "mkdir -p /home/calliope; touch /home/hostfile /home/calliope/mounted
         mount --bind /home/hostfile /home/calliope/mounted",
        &format!("cd; {OWNERS} mounted /home/hostfile"),
    );
    assert_eq!(printed, "0:0 mounted\n0:0 /home/hostfile\n");
}

#[test]
fn a_volume_in_the_workspaces_place_is_not_said_to_be_left_alone() {
    let container = Spec::with_ide(&[])
        .prepare("mkdir -p /home/calliope/workspace /home/calliope/data; cd /home/calliope")
        .prepare("mount -t tmpfs tmpfs workspace; mount -t tmpfs tmpfs data; cd /")
        .start();
    container.wait_until_healthy();
    container.wait_for_log("left alone where something is mounted: /home/calliope/data (a mount)");
    assert!(!container.log().contains("calliope/workspace (a mount)"));
}

#[test]
fn a_volume_in_the_workspaces_place_is_given_to_the_user_with_its_files() {
    let printed = after(
        "mkdir -p /home/calliope/workspace; mount -t tmpfs tmpfs /home/calliope/workspace
         mkdir /home/calliope/workspace/src; touch /home/calliope/workspace/src/main.c
         mkdir /home/calliope/workspace/workspace /home/calliope/workspace/.jupyter",
        &format!(
            "cd; {OWNERS} workspace workspace/src workspace/src/main.c workspace/workspace workspace/.jupyter"
        ),
    );
    assert_eq!(
        printed,
        "1000:100 workspace\n1000:100 workspace/src\n1000:100 workspace/src/main.c\n\
         1000:100 workspace/workspace\n1000:100 workspace/.jupyter\n"
    );
}

#[test]
fn a_uid_without_an_entry_gets_a_name_of_its_own_and_nobody_elses_groups() {
    let output =
        Spec::new(&["--uid", "2000", "--", "bash", "-c", "id; echo $USER; tail -n 1 /etc/passwd"])
            .prepare("echo video:x:44:calliope > /etc/group")
            .run();
    assert_eq!(
        text(&output.stdout),
        "uid=2000(user2000) gid=100(user2000) groups=100(user2000)\nuser2000\nuser2000:x:2000:100::/home/calliope:/bin/bash\n"
    );
}
