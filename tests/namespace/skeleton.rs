//! What a new home gets a copy of, and what counts as new.

use crate::harness::{INIT, Spec, text};

/// What the image put into its own home, and into both skeletons: `all` is in each of them.
const SOURCES: &str = r#"
    mkdir -p /etc/waiide/skel /etc/skel
    echo skel > /etc/skel/all; echo skel > /etc/skel/of-skel; echo skel > /etc/skel/two
    echo waiide > /etc/waiide/skel/all; echo waiide > /etc/waiide/skel/of-waiide
    echo waiide > /etc/waiide/skel/two
"#;

/// A root file system as an engine makes it, a layer on top of this machine's, in /run/root: a
/// home there is the container's own.
const LAYER: &str = r#"
    mkdir -p /run/layer /run/root; mount -n -t tmpfs tmpfs /run/layer; mkdir /run/layer/up /run/layer/work
    # Etc, homes and /var/lib are the container's, with nothing of this machine's in them.
    /usr/bin/python3 -c "
import os
for name in ('etc', 'home', 'var/lib'):
    os.makedirs('/run/layer/up/' + name)
    os.setxattr('/run/layer/up/' + name, 'trusted.overlay.opaque', b'y')"
    mount -n -t overlay -o lowerdir=/,upperdir=/run/layer/up,workdir=/run/layer/work overlay /run/root
    cp -a /etc/. /run/root/etc/
    for name in proc dev mnt tmp; do mount -n --rbind /$name /run/root/$name; done
    mount -n -t tmpfs tmpfs /run/root/run
    image=/run/root/home/calliope; mkdir -p $image
    echo image > $image/all; echo image > $image/of-image
    chown -R 1000:100 $image
"#;

const SHOW: &str = "cd; for name in $(ls -A | grep -Ev \"^(workspace|.jupyter|.WAIIDE-server|.waiide-owners)\\$\"); do \
    [ -d $name ] && echo $name/ || echo $name=$(cat $name); done";

fn in_layer(prepare: &str, script: &str) -> Spec {
    Spec::new(&[]).prepare(SOURCES).prepare(LAYER).prepare(prepare).instead(&[
        "chroot",
        "/run/root",
        "bash",
        "-c",
        script,
    ])
}

fn shown(spec: Spec) -> String {
    let output = spec.run();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn start(options: &str) -> String {
    format!("{options} {INIT} -- sh -c '{SHOW}'")
}

const ALL: &str = "all=image\nof-image=image\nof-skel=skel\nof-waiide=waiide\ntwo=skel\n";
const SKELETONS: &str = "all=skel\nof-skel=skel\nof-waiide=waiide\ntwo=skel\n";

#[test]
fn another_home_gets_the_images_first_then_each_skeleton() {
    let volume = "mkdir /run/root/home/alice; mount -n -t tmpfs tmpfs /run/root/home/alice
        mkdir /run/root/home/alice/lost+found";
    let printed = shown(in_layer(volume, &start("JUPYTERHUB_USER=alice WAIIDE_MODE=standalone")));
    assert_eq!(printed, ALL.replace("of-image", "lost+found/\nof-image"));
    let printed = shown(in_layer("", &start("JUPYTERHUB_USER=alice WAIIDE_MODE=standalone")));
    assert_eq!(printed, ALL, "without a volume");
}

#[test]
fn the_images_own_home_gets_the_skeletons_and_keeps_its_files() {
    assert_eq!(shown(in_layer("", &start(""))), ALL);
}

#[test]
fn an_empty_volume_in_the_images_homes_place_gets_the_skeletons() {
    let volume = "mount -n -t tmpfs tmpfs /run/root/home/calliope";
    assert_eq!(shown(in_layer(volume, &start(""))), SKELETONS);
}

#[test]
fn a_volume_that_the_engine_filled_from_an_unfilled_home_gets_the_skeletons() {
    let volume = "mount -n -t tmpfs tmpfs /run/root/home/calliope
        mkdir /run/root/home/calliope/.waiide-unfilled; echo image > /run/root/home/calliope/all";
    assert_eq!(shown(in_layer(volume, &start(""))), SKELETONS.replace("all=skel", "all=image"));
}

#[test]
fn a_mark_that_git_has_kept_by_a_file_counts_once() {
    for owner in ["1000:100", "0:0"] {
        let volume = format!(
            "mount -n -t tmpfs tmpfs /run/root/home/calliope; cd /run/root/home/calliope
            mkdir .waiide-unfilled; touch .waiide-unfilled/.keep; echo image > all
            chown -R {owner} .; cd /"
        );
        let script = format!("{INIT} -- rm /home/calliope/two; {}", start(""));
        let output = in_layer(&volume, &script).run();
        let skeletons = SKELETONS.replace("all=skel", "all=image").replace("two=skel\n", "");
        assert_eq!((text(&output.stdout), text(&output.stderr)), (skeletons, String::new()));
    }
}

#[test]
fn a_mark_that_the_user_cannot_remove_is_told_and_one_of_theirs_is_a_new_start() {
    let volume = "mount -n -t tmpfs tmpfs /run/root/home/calliope; cd /run/root/home/calliope
        mkdir .waiide-unfilled; touch .waiide-unfilled/.keep; chown 1000:100 .; cd /";
    let mark = "/home/calliope/.waiide-unfilled";
    let script = format!(
        "export WAIIDE_CHOWN=never; {INIT} -- true; rm -r {mark}; mkdir {mark}; chown 1000 {mark}; {}",
        start("")
    );
    let output = in_layer(volume, &script).run();
    assert_eq!(text(&output.stdout), SKELETONS);
    let error = text(&output.stderr);
    for part in ["can't copy", ".waiide-unfilled is user 0's", "tries again if", mark] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn a_used_volume_gets_nothing() {
    let volume = "mount -n -t tmpfs tmpfs /run/root/home/calliope
        echo mine > /run/root/home/calliope/mine";
    assert_eq!(shown(in_layer(volume, &start(""))), "mine=mine\n");
}

#[test]
fn what_the_user_removes_does_not_come_back() {
    let script = format!("{INIT} -- sh -c 'rm ~/two ~/of-image'; {}", start(""));
    assert_eq!(shown(in_layer("", &script)), "all=image\nof-skel=skel\nof-waiide=waiide\n");
}

#[test]
fn in_an_image_without_var_lib_it_is_written_down_as_well() {
    let script = format!(
        "rm -r /var/lib; {INIT} -- sh -c 'rm ~/two; rmdir ~/workspace'; {}
         stat -c '%U %a %n' /var/lib /var/lib/waiide /var/lib/waiide/homes",
        start("")
    );
    let written = "root 755 /var/lib\nroot 755 /var/lib/waiide\nroot 644 /var/lib/waiide/homes\n";
    assert_eq!(shown(in_layer("", &script)), ALL.replace("two=skel\n", "") + written);
}

#[test]
fn without_root_the_same_home_is_filled_once() {
    let start = start("setpriv --reuid=1000 --regid=100 --clear-groups");
    let script = format!("{start}; rm /home/calliope/two; {start}");
    let printed = shown(in_layer("", &script));
    assert_eq!(printed, format!("{ALL}{}", ALL.replace("two=skel\n", "")));
}

#[test]
fn a_home_that_somebody_used_is_nobody_elses_skeleton() {
    let start = |user: &str| start(&format!("JUPYTERHUB_USER={user} WAIIDE_MODE=standalone"));
    let script = format!(
        "{} > /dev/null; echo secret > /home/alice/secret; {}; grep 1000 /etc/passwd",
        start("alice"),
        start("bob")
    );
    let printed = shown(in_layer("", &script));
    assert_eq!(printed, format!("{ALL}calliope:x:1000:100::/home/bob:/bin/bash\n"));
    // The image's own home is one that was used, once it has been served.
    let script = format!("{INIT} -- sh -c 'echo secret > ~/secret'; {}", start("bob"));
    assert_eq!(shown(in_layer("", &script)), SKELETONS);
}

#[test]
fn a_mounted_home_of_the_passwd_entry_is_no_skeleton_and_mounts_in_it_are_not_copied() {
    let volume = "mount -n -t tmpfs tmpfs /run/root/home/calliope
        echo secret > /run/root/home/calliope/secret";
    let start = start("JUPYTERHUB_USER=alice WAIIDE_MODE=standalone");
    assert_eq!(shown(in_layer(volume, &start)), SKELETONS);
    let inner =
        "mkdir /run/root/home/calliope/data; mount -n -t tmpfs tmpfs /run/root/home/calliope/data
        echo big > /run/root/home/calliope/data/big";
    assert_eq!(shown(in_layer(inner, &start)), ALL);
}

#[test]
fn a_start_that_was_killed_in_the_middle_of_copying_is_completed_by_the_next() {
    let home = "JUPYTERHUB_USER=alice WAIIDE_MODE=standalone";
    let killed = |when: u32| {
        format!(
            "strace -f -q -o /dev/null -e trace=linkat -e inject=linkat:signal=KILL:when={when} {INIT} -- true"
        )
    };
    let script = format!(
        "export {home}; {}; {}; ls -A /home/alice; {}; ls -A /home/alice | wc -l",
        killed(1),
        killed(3),
        start("")
    );
    let output = in_layer("", &script).run();
    let printed = text(&output.stdout);
    let (before, after) = printed.split_once("all=").unwrap();
    assert!(before.contains(".waiide-unfilled"), "{printed}");
    assert!(!before.contains("of-waiide"), "it was not killed early: {printed}");
    assert_eq!(format!("all={after}"), format!("{ALL}9\n"));
}

#[test]
fn a_start_hook_that_fails_costs_the_home_nothing() {
    let hook = "mkdir -p /run/root/etc/waiide/init.d
        printf '#!/bin/sh\\ntest -e /tmp/again\\n' > /run/root/etc/waiide/init.d/a; chmod 755 /run/root/etc/waiide/init.d/a";
    let script = format!("{INIT} -- true; touch /tmp/again; {}", start(""));
    assert_eq!(shown(in_layer(hook, &script)), ALL);
}

#[test]
fn a_used_volume_that_a_hook_mounts_gets_nothing() {
    let hook = "mkdir -p /etc/waiide/init.d; printf '%s\\n' '#!/bin/sh' 'mount -n -t tmpfs tmpfs /home/calliope' \
        'echo mine > /home/calliope/mine; chown -R 1000:100 /home/calliope' > /etc/waiide/init.d/a; chmod 755 /etc/waiide/init.d/a";
    let spec = Spec::new(&["--", "sh", "-c", SHOW]).prepare(SOURCES).prepare(hook);
    assert_eq!(shown(spec), "mine=mine\n");
}

#[test]
fn what_the_user_may_not_read_is_one_warning() {
    let output = Spec::new(&["--", "sh", "-c", SHOW])
        .prepare(SOURCES)
        .prepare("chmod 600 /etc/skel/all /etc/skel/two; rm -r /etc/waiide/skel")
        .run();
    assert_eq!(text(&output.stdout), "of-skel=skel\n");
    let error = text(&output.stderr);
    let told =
        "/home/calliope: 2 entries can't be copied into it, first /etc/skel/all: Permission denied";
    assert!(error.contains(told) && error.lines().count() == 1, "{error}");
}

#[test]
fn where_there_is_no_room_the_next_start_goes_on() {
    let script = format!(
        "{INIT} -- true; mount -n -o remount,size=1m /home/calliope; {INIT} -- sh -c 'cd; stat -c %s big; ls -A | grep -v owners'"
    );
    let output = Spec::new(&[])
        .prepare(
            "head -c 300000 /dev/zero > /etc/skel/big; mkdir /home/calliope
            mount -n -t tmpfs -o size=64k tmpfs /home/calliope",
        )
        .instead(&["bash", "-c", &script])
        .run();
    assert_eq!(text(&output.stdout), "300000\n.WAIIDE-server\n.jupyter\nbig\nworkspace\n");
    assert!(text(&output.stderr).contains("the next start goes on"), "{}", text(&output.stderr));
}

#[test]
fn a_stop_is_obeyed_while_files_are_copied_and_the_next_start_goes_on() {
    let copies =
        "cd /etc/skel; for n in $(seq 20); do mkdir $n; (cd $n; touch $(seq 1000)); done; cd /";
    let script = format!(
        "{INIT} -- true & until [ -e /home/calliope/.waiide-unfilled ]; do sleep 0.02; done; kill -TERM $!; wait $!; echo $?; ls -A /home/calliope | grep unfilled
         {INIT} -- sh -c 'find ~/1 ~/20 -type f | wc -l; ls -A ~ | grep unfilled'"
    );
    let slowed =
        ["strace", "-D", "-f", "-q", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=linkat"];
    let output = Spec::new(&[])
        .prepare(copies)
        .prepare(&format!("cat > /run/slowed <<'X'\n#!/bin/sh\nexec {} -e inject=linkat:delay_enter=1000 \"$@\"\nX\nchmod 755 /run/slowed", slowed.join(" ")))
        .instead(&["bash", "-c", &script.replacen(INIT, &format!("/run/slowed {INIT}"), 1)])
        .run();
    assert_eq!(text(&output.stdout), "143\n.waiide-unfilled\n2000\n");
}
