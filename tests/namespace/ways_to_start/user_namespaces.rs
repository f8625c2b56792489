//! User namespaces: rootless engines, Docker's userns-remap, and what is not mapped.

use super::{assert_says, refused};
use crate::harness::{Spec, text, wait_for};

/// Makes a user namespace with these maps for PID 1 itself, as an engine does, becomes these ids in
/// it, and starts the program. unshare(1) goes by /etc/subuid, which is this machine's.
const ENTER: &str = r#"
import ctypes, os, sys
users, groups, setgroups, uid, gid, keep = sys.argv[1:7]
libc = ctypes.CDLL(None, use_errno=True)
is_in, go = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    os.read(is_in[0], 1)
    for name, text in ('setgroups', setgroups), ('uid_map', users), ('gid_map', groups):
        with open(f'/proc/{os.getppid()}/{name}', 'w') as file:
            file.write(text.replace(',', '\n'))
    os._exit(0)
if keep:
    os.setgroups([int(keep)])
if libc.unshare(0x10000000) != 0:
    sys.exit('unshare: ' + os.strerror(ctypes.get_errno()))
os.write(is_in[1], b'x')
os.waitpid(child, 0)
if setgroups == 'allow':
    os.setgroups([])
os.setresgid(*[int(gid)] * 3)
os.setresuid(*[int(uid)] * 3)
os.execv(sys.argv[7], sys.argv[7:])
"#;

/// How an engine maps ids: for users and groups, each `inside outside length`.
struct Maps {
    users: &'static str,
    groups: &'static str,
    setgroups: &'static str,
}

/// Rootless Podman and Docker: root is who started it, and the others are of /etc/subuid.
const ROOTLESS: Maps = Maps {
    users: "0 2000 1,1 100000 65536",
    groups: "0 2000 1,1 100000 65536",
    setgroups: "allow",
};
/// `podman run --userns=keep-id:uid=1000,gid=100`.
const KEEP_ID: Maps = Maps {
    users: "0 100000 1000,1000 2000 1,1001 101000 64536",
    groups: "0 100000 100,100 2000 1,101 100100 65436",
    setgroups: "allow",
};
/// Docker's userns-remap.
const REMAPPED: Maps =
    Maps { users: "0 231072 65536", groups: "0 231072 65536", setgroups: "allow" };
/// Where /etc/subuid has no range for who starts it.
const ROOT_ALONE: Maps = Maps { users: "0 2000 1", groups: "0 2000 1", setgroups: "allow" };

impl Maps {
    fn enter(&self, spec: Spec, uid: u32, gid: u32, group: &str) -> Spec {
        let script = spec.file("enter.py", ENTER);
        let (uid, gid) = (uid.to_string(), gid.to_string());
        let Maps { users, groups, setgroups } = self;
        spec.through(&["/usr/bin/python3", &script, users, groups, setgroups, &uid, &gid, group])
    }
}

const AS_ROOT: (u32, u32) = (0, 0);

/// Starts it with a volume that these ids of the host own, as a program that shows what it is and
/// that its home works.
fn shown(maps: &Maps, (uid, gid): (u32, u32), owner: &str) -> String {
    let script =
        "id -u; id -g; cd; echo new > workspace/new; stat -c '%u:%g %n' . old workspace/new";
    let spec = Spec::new(&["--", "sh", "-c", script]).prepare(&format!(
        "mkdir /home/calliope; touch /home/calliope/old; chown -R {owner} /home/calliope"
    ));
    let output = maps.enter(spec, uid, gid, "").run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

const ALL_THE_USERS: &str = "1000\n100\n1000:100 .\n1000:100 old\n1000:100 workspace/new\n";

#[test]
fn ranges_of_subordinate_ids() {
    // The home of who started it is root's in there, and so given to the user.
    assert_eq!(shown(&ROOTLESS, AS_ROOT, "2000:2000"), ALL_THE_USERS);
    assert_eq!(shown(&ROOTLESS, AS_ROOT, "100999:100099"), ALL_THE_USERS);
}

/// Where root is a person: what is root's in there is theirs.
#[test]
fn a_persons_own_home_is_not_taken_without_a_word() {
    let volume = "mkdir /home/calliope; mount -n --bind /home/calliope /home/calliope";
    let run = |maps: &Maps, owner: &str| {
        let make = format!("{volume}; chown {owner} /home/calliope");
        text(&maps.enter(Spec::new(&["--", "true"]).prepare(&make), 0, 0, "").run().stderr)
    };
    let says = ["/home/calliope", "user 2000's on the host", "user 100999", "--userns=keep-id"];
    assert_says(&run(&ROOTLESS, "2000:2000"), &says);
    assert!(!run(&ROOTLESS, "100999:100099").contains("on the host"));
    assert!(!run(&REMAPPED, "231072:231072").contains("on the host"));
}

/// The ids outside are those of Podman's own namespace, not the host's.
#[test]
fn keep_id_with_a_home_of_anothers_is_told_in_podmans_words() {
    let nested = Maps { users: "0 1 1000,1000 0 1", groups: "0 1 100,100 0 1", ..KEEP_ID };
    let make = "mkdir /home/calliope; chown 5:5 /home/calliope; chmod 755 /home/calliope
        mount -n --bind /home/calliope /home/calliope; chown 0 /run /home";
    let message = refused(nested.enter(Spec::new(&["run"]).prepare(make), 1000, 100, ""), 3);
    assert_says(&message, &["belongs to 4:4", "podman unshare chown -R 0:0 /calliope"]);
}

#[test]
fn keep_id() {
    assert_eq!(shown(&KEEP_ID, (1000, 100), "2000:2000"), ALL_THE_USERS);
}

#[test]
fn userns_remap() {
    assert_eq!(shown(&REMAPPED, AS_ROOT, "231072:231072"), ALL_THE_USERS);
}

#[test]
fn all_services_run_in_one() {
    let spec = Spec::with_ide(&[]).prepare("chown 100000:100000 /run /home; chmod 1777 /tmp");
    let container = REMAPPED.enter(spec.prepare("chown 231072 /run /home"), 0, 0, "").start();
    wait_for("all services to be ready", || {
        container.output_as(232_072, "$INIT healthcheck").status.success().then_some(())
    });
    let ide = container
        .output_as(232_072, "pgrep -f ide.py | head -n 1 | xargs -I{} cat /proc/{}/status");
    assert_says(
        &text(&ide.stdout),
        &["Uid:\t232072\t", "Gid:\t231172\t", "CapPrm:\t0000000000000000"],
    );
}

#[test]
fn root_alone_is_no_place_for_a_user_and_nothing_is_changed() {
    let homes = tempfile::Builder::new().prefix("waiide-").tempdir_in("/var/tmp").unwrap();
    let spec = Spec::new(&["run"]).prepare(&format!(
        "mount -n --bind {} /home; chown 2000:2000 /home",
        homes.path().display()
    ));
    let message = refused(ROOT_ALONE.enter(spec, 0, 0, ""), 2);
    assert_eq!(std::fs::read_dir(homes.path()).unwrap().count(), 0);
    assert_says(&message, &["user 1000 and group 100", "knows the users 0 and the groups 0 alone"]);
    assert_says(&message, &["/etc/subuid", "--userns=keep-id:uid=1000,gid=100", "--uid"]);
}

#[test]
fn an_id_beyond_the_range_is_told() {
    let args = ["run", "--uid", "70000"];
    let message = refused(ROOTLESS.enter(Spec::new(&args), 0, 0, ""), 2);
    assert_says(&message, &["user 70000", "0-65536"]);
}

#[test]
fn a_home_of_an_id_that_is_not_mapped() {
    let make = "mkdir /home/calliope; chown 4321:4321 /home/calliope; chmod 755 /home/calliope";
    let message = refused(ROOTLESS.enter(Spec::new(&["run"]).prepare(make), 0, 0, ""), 3);
    assert_says(&message, &["/home/calliope", "does not know", "65534", "chown -R 100999:100099"]);
    assert_says(&message, &["podman unshare", "keep-id:uid=1000,gid=100"]);
}

#[test]
fn a_home_of_roots_with_a_group_that_is_not_mapped() {
    let make = "mkdir /home/calliope; chown 231072:0 /home/calliope; chmod 755 /home/calliope";
    let message = refused(REMAPPED.enter(Spec::new(&["run"]).prepare(make), 0, 0, ""), 3);
    assert_says(&message, &["/home/calliope", "or a group", "chown -R 232072:231172"]);
}

/// The ids of the host, where anybody's volume lies.
#[test]
fn a_home_of_another_id_is_told_with_the_hosts_ids() {
    let make = "mkdir /home/calliope; chown 101000:101000 /home/calliope; chmod 755 /home/calliope";
    let message = refused(ROOTLESS.enter(Spec::new(&["run"]).prepare(make), 0, 0, ""), 3);
    assert_says(&message, &["belongs to 1001:1001", "--uid 1001", "chown -R 100999:100099"]);
}

#[test]
fn what_keeps_the_user_from_being_become_the_plan_says_in_the_same_words() {
    let denied = Maps { setgroups: "deny", ..ROOTLESS };
    for (maps, group) in [(ROOT_ALONE, ""), (denied, "4321")] {
        let run = |args| maps.enter(Spec::new(args).prepare("chown 2000 /home /run"), 0, 0, group);
        let message = refused(run(&["run"]), 2);
        let planned = super::printed(run(&["plan", "--json"]));
        let plan: serde_json::Value = serde_json::from_str(&planned).unwrap();
        let problem = plan["provision"]["problems"][0].as_str().unwrap();
        assert!(message.contains(problem), "{problem}\n{message}");
    }
}

#[test]
fn groups_that_are_not_mapped_are_left_out() {
    let spec = Spec::new(&["--", "id", "-G"])
        .prepare("chown 2000 /home /run; printf 'far:x:70000:calliope\\nvideo:x:44:calliope\\n' > /etc/group");
    let output = ROOTLESS.enter(spec, 0, 0, "").run();
    assert_eq!(text(&output.stdout), "100 44\n");
}

#[test]
fn where_groups_cannot_be_given_up_it_starts_without_any_and_refuses_with_some() {
    let denied = Maps { setgroups: "deny", ..ROOTLESS };
    let spec = || Spec::new(&["--", "id", "-u"]).prepare("chown 2000 /home /run");
    let run = |group| denied.enter(spec(), 0, 0, group);
    let message = refused(run("4321"), 2);
    assert_says(&message, &["supplementary groups 65534", "setgroups", "newgidmap"]);
    // 100099 is group 100 in there, which the user is to have.
    assert_eq!(super::printed(run("100099")), "1000\n");
}
