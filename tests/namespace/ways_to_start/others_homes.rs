//! Homes that belong to somebody else, or let nobody in.

use std::os::unix::fs::{MetadataExt, chown};

use super::{AS_USER, THREE, assert_says, printed, refused};
use crate::harness::Spec;

/// A volume as `docker run -v PATH:/home/calliope` mounts it, with one file in it.
fn volume(uid: u32, gid: u32) -> tempfile::TempDir {
    let volume = tempfile::Builder::new().prefix("waiide-").tempdir_in("/var/tmp").unwrap();
    std::fs::write(volume.path().join("work.txt"), "mine").unwrap();
    for path in [volume.path().to_owned(), volume.path().join("work.txt")] {
        chown(&path, Some(uid), Some(gid)).unwrap();
    }
    volume
}

fn mounted(spec: Spec, volume: &tempfile::TempDir) -> Spec {
    let path = volume.path().display();
    spec.prepare(&format!(
        "mkdir /home/calliope; mount -n --bind '{path}' /home/calliope; chmod 755 /home/calliope"
    ))
}

#[test]
fn the_ids_of_both_are_named_with_the_path_on_the_host_and_nothing_is_changed() {
    let volume = volume(1001, 1002);
    let message = refused(mounted(Spec::new(&["run"]), &volume), 3);
    let chown_it = format!("chown -R 1000:100 {}", volume.path().display());
    assert_says(&message, &["/home/calliope", "1001:1002", "0755", "the user is 1000:100"]);
    assert_says(&message, &["--uid 1001 --gid 1002", "WAIIDE_UID=1001", "NB_UID", &chown_it]);
    let file = volume.path().join("work.txt");
    assert_eq!(std::fs::metadata(&file).unwrap().uid(), 1001);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(volume.path()).unwrap().count(), 1);
}

#[test]
fn what_the_message_offers_works() {
    let volume = volume(1001, 1002);
    let args = ["--uid", "1001", "--gid", "1002", "--", "sh", "-c", "id -u; cd; cat work.txt; ls"];
    assert_eq!(printed(mounted(Spec::new(&args), &volume)), "1001\nminework.txt\nworkspace\n");
}

#[test]
fn in_a_pod_it_is_told_in_fields() {
    let pod = |spec: Spec| spec.env("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    let volume = volume(1001, 1002);
    let message = refused(pod(mounted(Spec::new(&["run"]), &volume)), 3);
    assert_says(
        &message,
        &["WAIIDE_UID=1001", "init container", "chown -R 1000:100 /home/calliope"],
    );
    assert!(!message.contains("docker"), "{message}");
    let message = refused(pod(mounted(Spec::new(&["run"]).through(&AS_USER), &volume)), 3);
    assert_says(&message, &["fsGroup: 100", "runAsUser: 1001"]);
    assert!(!message.contains("docker"), "{message}");
}

#[test]
fn a_user_is_told_which_user_to_start_as() {
    let volume = volume(1001, 1002);
    let message = refused(mounted(Spec::new(&["run"]).through(&AS_USER), &volume), 3);
    assert_says(
        &message,
        &["1001:1002", "1000:100", "docker run --user 1001:1002", "chown -R 1000:100"],
    );
}

#[test]
fn a_user_before_a_home_of_roots_may_have_root_give_it() {
    let volume = volume(0, 0);
    let message = refused(mounted(Spec::new(&["run"]).through(&AS_USER), &volume), 3);
    assert_says(&message, &["0:0", "tart the container as root (no --user)"]);
    assert_eq!(printed(mounted(Spec::new(&["--", "sh", "-c", "cat ~/work.txt"]), &volume)), "mine");
}

#[test]
fn a_home_that_shuts_its_owner_out() {
    let spec =
        Spec::new(&["run"]).prepare("mkdir -m 555 /home/calliope; chown 1000:100 /home/calliope");
    assert_says(&refused(spec, 3), &["mode 0555", "chmod u+rwx /home/calliope"]);
}

#[test]
fn a_directory_above_that_lets_nobody_pass() {
    let spec = Spec::new(&["--home", "/home/private/calliope"])
        .prepare("mkdir -p /home/private/calliope; chmod 700 /home/private");
    assert_says(&refused(spec, 3), &["/home/private belongs to 0:0", "chmod a+x /home/private"]);
}

#[test]
fn chown_never_is_named_where_it_is_the_reason() {
    let spec = Spec::new(&["run", "--chown", "never"]).prepare("mkdir /home/calliope");
    assert_says(&refused(spec, 3), &["--chown never", "leave that out"]);
}

#[test]
fn root_without_chown_before_a_home_of_roots() {
    let few = ["setpriv", "--bounding-set=-all,+setuid,+setgid", "--inh-caps=-all"];
    let spec = Spec::new(&["run"]).prepare("mkdir /home/calliope").through(&few);
    assert_says(&refused(spec, 3), &["--cap-add CHOWN"]);
}

#[test]
fn with_three_capabilities_what_is_roots_in_a_private_home_is_given_to_the_user() {
    let spec = Spec::new(&["--", "sh", "-c", "cd; stat -c '%u:%g %n' .jupyter .jupyter/x deep/x"])
        .prepare(
            "mkdir -p /home/calliope/.jupyter /home/calliope/deep; cd /home/calliope
            touch .jupyter/x deep/x; chown 1000:100 . deep; chmod 700 . deep; cd /",
        )
        .through(&THREE);
    assert_eq!(printed(spec), "1000:100 .jupyter\n1000:100 .jupyter/x\n1000:100 deep/x\n");
}

/// As Kubernetes mounts a volume with fsGroup: root's, with the group's right to write, and with
/// the set-group-ID bit, so that all in it is the group's.
#[test]
fn a_volume_for_a_group_keeps_its_group() {
    let spec = Spec::new(&["--", "sh", "-c", "cd; stat -c '%a %u:%g %n' workspace .jupyter"])
        .prepare("mkdir -m 2775 /home/calliope; chgrp 100 /home/calliope; chmod g+s /home/calliope")
        .through(&[
            "setpriv",
            "--reuid=1000",
            "--regid=1000",
            "--groups=100",
            "--bounding-set=-all",
            "--inh-caps=-all",
            "--no-new-privs",
        ]);
    assert_eq!(printed(spec), "2755 1000:100 workspace\n2755 1000:100 .jupyter\n");
}

#[test]
fn a_group_that_may_not_write_is_named() {
    // As with OpenShift's arbitrary user, where the image forgot chmod g=u.
    let spec = Spec::new(&["run"]).prepare("mkdir -m 755 /home/calliope").through(&[
        "setpriv",
        "--reuid=1000660000",
        "--regid=0",
        "--clear-groups",
    ]);
    assert_says(&refused(spec, 3), &["1000660000:0", "chmod -R g+rwX"]);
}
