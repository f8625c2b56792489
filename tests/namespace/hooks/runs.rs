//! Which hooks run, in which order, as whom and with what around them.

use std::time::Duration;

use super::{with_file, with_hook};
use crate::harness::{Spec, text};

/// What `cat /tmp/ran` prints once a program runs.
fn ran(hooks: &[(&str, &str)]) -> String {
    let spec = Spec::new(&["--", "cat", "/tmp/ran"]);
    let spec = hooks.iter().fold(spec, |spec, (name, script)| with_hook(spec, name, script));
    let output = spec.run();
    assert_eq!(output.status.code(), Some(0));
    text(&output.stdout)
}

#[test]
fn roots_come_before_the_users_and_each_in_the_order_of_their_names() {
    let note = "umask 0; echo ${0##*/} >> /tmp/ran";
    let hooks = ["user.d/1", "init.d/b", "init.d/9", "init.d/10", "init.d/B", "user.d/0"];
    let hooks: Vec<_> = hooks.iter().map(|name| (*name, note)).collect();
    assert_eq!(ran(&hooks), "10\n9\nB\nb\n0\n1\n");
}

#[test]
fn roots_run_as_root_and_the_users_as_the_user_for_good() {
    let facts = "umask 0; exec >> /tmp/ran
        id -u; id -g; pwd; echo $HOME $USER $LOGNAME $SHELL
        grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr '\\n\\t' '  '; echo";
    let found = ran(&[("init.d/a", facts), ("user.d/a", facts)]);
    let lines: Vec<_> = found.lines().collect();
    assert_eq!(lines[..4], ["0", "0", "/", "/root root root /bin/bash"]);
    assert!(!lines[4].contains("CapEff: 0000000000000000"), "{found}");
    let user = "/home/calliope calliope calliope /bin/bash";
    assert_eq!(lines[5..9], ["1000", "100", "/home/calliope", user]);
    let nothing = "CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 ";
    assert_eq!(lines[9], nothing);
}

#[test]
fn the_home_is_there_before_any_of_them() {
    let look = "umask 0; stat -c '%U %n' /home/calliope >> /tmp/ran";
    let found = ran(&[("init.d/a", look), ("user.d/a", "test -w ~/workspace && cd ~/workspace")]);
    assert_eq!(found, "calliope /home/calliope\n");
}

#[test]
fn they_inherit_no_descriptor_no_signal_mask_and_no_input() {
    let look = "umask 0; exec 2>&1 >> /tmp/ran; ls -l /proc/self/fd | grep -c -e '->'
        readlink /proc/self/fd/0; grep -E '^Sig(Blk|Ign)' /proc/self/status
        test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo own session";
    let found = ran(&[("init.d/a", look)]);
    // 0, 1, 2 and the directory that ls reads.
    let expected =
        "4\n/dev/null\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nown session\n";
    assert_eq!(found, expected);
}

#[test]
fn a_link_to_a_program_of_many_names_runs_it_by_the_links_own() {
    for directory in ["init.d", "user.d"] {
        let spec = with_hook(Spec::new(&["--", "true"]), "init.d/0", "true");
        let output =
            spec.prepare(&format!("ln -s /usr/bin/cp /etc/waiide/{directory}/1-name")).run();
        assert_eq!(output.status.code(), Some(3));
        // cp(1) says what it was called as.
        let called = format!("/etc/waiide/{directory}/1-name: missing file operand");
        assert!(text(&output.stderr).contains(&called), "{directory}");
    }
}

#[test]
fn they_print_into_the_log_while_they_run() {
    let script = "echo to out; echo to err >&2; printf 'no end'; sleep 1000";
    let container = with_hook(Spec::new(&[]), "init.d/10-slow", script).start();
    container.wait_for_log(r#""message":"to out","service":"init.d/10-slow""#);
    container.wait_for_log(r#""message":"to err","service":"init.d/10-slow""#);
    assert!(!container.log().contains(r#""service":"ide""#), "{}", container.log());
}

#[test]
fn hidden_files_backups_and_files_that_are_not_executable_do_not_run() {
    let mut spec = Spec::new(&["--", "true"]);
    for name in ["init.d/.hidden", "init.d/a~"] {
        spec = with_hook(spec, name, "exit 1");
    }
    spec = with_file(spec, "init.d/plain", "exit 1", "644");
    let output = spec.prepare("mkdir /etc/waiide/user.d/dir; ln -s /no /etc/waiide/user.d/l").run();
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(
        said.contains("/etc/waiide/init.d/plain: not run") && said.contains("chmod +x"),
        "{said}"
    );
    assert!(said.contains("user.d/dir: not run") && said.contains("user.d/l: not run"), "{said}");
    assert!(!said.contains("hidden") && !said.contains("a~"), "{said}");
}

#[test]
fn names_may_be_anything() {
    let spec = with_hook(Spec::new(&["--", "cat", "/tmp/ran"]), "init.d/0", "true");
    let output = spec
        .prepare(
            r#"cd /etc/waiide/init.d
            for name in 'a b' $'c\nd' $'e\xff' '-rf' '$(reboot)' "g'h"; do
                printf '#!/bin/sh\numask 0; echo "${0##*/}" | od -An -c >> /tmp/ran; echo hello' > "./$name"
                chmod 755 "./$name"
            done"#,
        )
        .run();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout).lines().count(), 6);
    assert!(text(&output.stdout).contains("e 377"), "{output:?}");
    let said = text(&output.stderr);
    assert!(said.contains(r"init.d/c\\nd") && said.contains("init.d/a b"), "{said}");
}

#[test]
fn a_script_that_prints_much_or_no_line_end_holds_nothing_up() {
    let script = "head -c 5000000 /dev/zero | tr '\\0' x; yes | head -c 200000; echo; echo end";
    let spec = with_hook(Spec::new(&["--log-format", "text"]), "user.d/much", script);
    let container = spec.start();
    container.wait_for_log("user.d/much | end");
    assert!(container.log().matches('x').count() >= 5_000_000);
    container.wait_for_log("gateway is ready");
}

#[test]
fn two_thousand_orphans_are_taken_away_meanwhile() {
    let script = "python3 -c 'import os, sys
for n in range(2000):
    if os.fork() == 0:
        if os.fork() == 0: os._exit(0)
        os._exit(0)
    os.wait()
import time
until = time.time() + 10
def zombies(): return sum(\") Z 1 \" in open(f\"/proc/{p}/stat\").read() for p in os.listdir(\"/proc\") if p.isdigit() and os.path.exists(f\"/proc/{p}/stat\"))
while zombies() and time.time() < until: time.sleep(0.05)
print(\"zombies left:\", zombies())'";
    let spec = with_hook(Spec::new(&["--", "true"]), "init.d/orphans", script);
    let output = spec.run();
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("zombies left: 0"));
}

#[test]
fn without_root_roots_hooks_are_not_run_and_that_is_said() {
    let as_user = ["setpriv", "--reuid=1000", "--regid=100", "--clear-groups"];
    let spec = with_hook(Spec::new(&["--", "true"]), "init.d/a", "exit 1");
    let spec = with_hook(spec, "user.d/b", "echo ran as $(id -u)").through(&as_user);
    let output = spec.run();
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(
        said.contains("/etc/waiide/init.d: root's start hooks are not run (init.d/a)"),
        "{said}"
    );
    assert!(said.contains("ran as 1000"), "{said}");
}

#[test]
fn an_empty_directory_is_nothing_to_warn_of() {
    let as_user = ["setpriv", "--reuid=1000", "--regid=100", "--clear-groups"];
    let spec = Spec::new(&["--", "true"]).prepare("mkdir -p /etc/waiide/init.d");
    let output =
        spec.prepare("mkdir /home/calliope; chown 1000 /home/calliope").through(&as_user).run();
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_second_instance_runs_none() {
    let count = "umask 0; echo x >> /tmp/ran";
    let spec = with_hook(Spec::with_ide(&[]), "init.d/a", count);
    let container = with_hook(spec, "user.d/a", count).start();
    container.wait_until_healthy();
    assert_eq!(container.sh("$INIT -- cat /tmp/ran"), "x\nx\n");
}

#[test]
fn one_that_a_hook_starts_runs_none_either() {
    let script = "/mnt/waiide-init -- id -u; /mnt/waiide-init plan | grep -c '^hook'; \
                  /mnt/waiide-init run; echo code $?";
    let began = std::time::Instant::now();
    let output = with_hook(Spec::new(&["--", "true"]), "init.d/again", script).run();
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(
        said.contains(r#""message":"1000""#) && said.contains(r#""message":"code 2""#),
        "{said}"
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn the_readmes_does_what_it_says() {
    let readme = include_str!("../../../README.md");
    let script = readme.split_once("    #!/bin/sh\n").unwrap().1.split("\n\n").next().unwrap();
    let show = ["--", "sh", "-c", "echo $PATH; stat -c %U ~/.local/bin"];
    let output = with_hook(Spec::new(&show), "user.d/10-tools", script).run();
    let found = text(&output.stdout);
    assert!(found.starts_with("/home/calliope/.local/bin:/usr/"), "{found}");
    assert!(found.ends_with("\ncalliope\n"), "{found}");
    let said = "tools of calliope (1000) are in /home/calliope/.local/bin";
    assert!(text(&output.stderr).contains(said));
}

#[test]
fn plan_lists_them_and_runs_none() {
    let spec = with_hook(Spec::new(&["plan", "--json"]), "init.d/b", "touch /tmp/ran");
    let spec = with_hook(with_hook(spec, "init.d/a", ":"), "user.d/c", ":");
    let spec = with_file(spec, "user.d/d", ":", "644").prepare("chmod 777 /etc/waiide/init.d/b");
    let output = spec.run();
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["hooks"][0]["directory"], "/etc/waiide/init.d");
    assert_eq!(plan["hooks"][0]["hooks"], serde_json::json!(["init.d/a", "init.d/b"]));
    assert_eq!(plan["hooks"][1]["hooks"], serde_json::json!(["user.d/c"]));
    assert!(plan["hooks"][1]["warnings"][0].as_str().unwrap().contains("chmod +x"));
    assert!(plan["hooks"][0]["errors"][0].as_str().unwrap().contains("init.d/b"));
}

#[test]
fn a_program_beside_a_start_that_is_still_at_its_hooks_runs_none_of_them() {
    let script = "echo running; while ! test -e /tmp/go; do sleep 0.02; done";
    let container = with_hook(Spec::with_ide(&[]), "user.d/a", script).start();
    container.wait_for_log("\"running\"");
    assert_eq!(container.sh("timeout 10 $INIT -- id -u").trim(), "1000");
    container.sh("touch /tmp/go");
    container.wait_until_healthy();
    assert_eq!(container.log().matches("\"running\"").count(), 1);
}
