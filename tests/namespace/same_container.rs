//! The same container, started again: for the same home nothing is done twice, and another one is
//! noticed.

use crate::harness::{INIT, Spec, text};

fn runs(prepare: &str, script: &str) -> (String, String) {
    let output = Spec::new(&[]).prepare(prepare).instead(&["bash", "-c", script]).run();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn another_home_is_told_with_what_is_left_and_what_to_change() {
    let start = |user| format!("JUPYTERHUB_USER={user} WAIIDE_MODE=standalone {INIT} -- true");
    let script = [start("alice"), start("alice"), "echo - >&2".into(), start("bob")].join("; ");
    let (_, error) = runs("", &script);
    let (before, after) = error.split_once("-\n").unwrap();
    assert_eq!(before, "");
    for part in ["user alice before", "for bob now", "/tmp", "c.DockerSpawner.remove = True"] {
        assert!(after.contains(part), "{part}: {error}");
    }
    assert_eq!(after.lines().count(), 1, "{error}");
}

#[test]
fn the_way_back_is_told_as_well() {
    let start = |user| format!("JUPYTERHUB_USER={user} WAIIDE_MODE=standalone {INIT} -- true");
    let script = [start("alice"), start("bob"), start("alice")].join("; ");
    let (_, error) = runs("", &script);
    assert_eq!(error.lines().count(), 2, "{error}");
    assert!(error.lines().nth(1).unwrap().contains("for the user bob before"), "{error}");
}

/// As with one volume for each user, always mounted at the same place.
#[test]
fn another_user_of_the_same_home_is_told() {
    let start = |user| {
        format!("{user} WAIIDE_HOME=/home/h WAIIDE_MODE=standalone {INIT} -- true; echo - >&2")
    };
    let users =
        ["A=", "JUPYTERHUB_USER=alice", "JUPYTERHUB_USER=alice", "A=", "JUPYTERHUB_USER=bob"];
    let script = format!("{}; cat /var/lib/waiide/homes", users.map(start).join("; "));
    let (printed, error) = runs("", &script);
    let (before, told) = error.split_once("-\n-\n-\n-\n").unwrap();
    assert_eq!(before, "");
    assert!(told.contains("for the user alice before, and is for bob now"), "{error}");
    assert_eq!(
        printed,
        "started /home/h\nfilled /home/h\nstarted alice /home/h\nstarted bob /home/h\n"
    );
}

#[test]
fn another_home_without_a_hub_is_told() {
    let start = |home| format!("WAIIDE_HOME={home} {INIT} -- true");
    let (_, error) = runs("", &[start("/home/a"), start("/home/b")].join("; "));
    assert!(error.contains("for the home /home/a before, and is for /home/b now"), "{error}");
}

#[test]
fn it_is_written_down_once_where_only_root_can_write() {
    let script = format!(
        "{INIT} -- true; stat -c %i-%Z /var/lib/waiide/homes > /tmp/one; {INIT} -- true
         stat -c %i-%Z /var/lib/waiide/homes | cmp - /tmp/one && stat -c '%U %a %n' /var/lib/waiide /var/lib/waiide/homes
         cat /var/lib/waiide/homes"
    );
    let (printed, _) = runs("", &script);
    assert_eq!(
        printed,
        "root 755 /var/lib/waiide\nroot 644 /var/lib/waiide/homes\nstarted /home/calliope\nfilled /home/calliope\n"
    );
}

#[test]
fn a_file_that_others_could_have_written_does_not_count() {
    let planted = "mkdir /var/lib/waiide; echo 'started /home/mallory' > /var/lib/waiide/homes
        chmod 666 /var/lib/waiide/homes";
    assert_eq!(runs(planted, &format!("{INIT} -- true")).1, "");
    let trusted = planted.replace("666", "644");
    assert!(runs(&trusted, &format!("{INIT} -- true")).1.contains("/home/mallory"));
}

#[test]
fn where_it_cannot_be_written_down_nothing_is_said() {
    let output = Spec::new(&["--", "echo", "ran"]).prepare("mount -n -o remount,ro /var/lib").run();
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("ran\n".into(), String::new()));
}

#[test]
fn what_is_not_roots_alone_or_too_long_is_not_added_to() {
    let spoils = [
        "ln -s /run/victim /var/lib/waiide/homes",
        "touch /var/lib/waiide/homes; chown 1000 /var/lib/waiide/homes",
        "touch /var/lib/waiide/homes; chmod 666 /var/lib/waiide/homes",
        "head -c 1100000 /dev/zero > /var/lib/waiide/homes",
    ];
    for spoil in spoils {
        let prepare = format!("touch /run/victim; mkdir -p /var/lib/waiide; {spoil}");
        let sizes = "stat -L -c %s /var/lib/waiide/homes";
        let (printed, _) = runs(&prepare, &format!("{sizes}; {INIT} -- true; {sizes}"));
        let sizes: Vec<_> = printed.lines().collect();
        assert_eq!(sizes.len(), 2, "{spoil}: {printed}");
        assert_eq!(sizes[0], sizes[1], "{spoil}");
    }
}
