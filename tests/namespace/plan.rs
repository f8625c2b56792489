//! `waiide-init plan`: what will be done to the home, without doing any of it.

use crate::harness::{INIT, Spec, text};

fn plan(spec: Spec) -> serde_json::Value {
    let output = spec.run();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn spec(args: &[&str], prepare: &str) -> Spec {
    Spec::new(&[&["plan", "--json"], args].concat())
        .prepare("printf 'root:x:0:\\nusers:x:100:\\n' > /etc/group")
        .prepare(prepare)
}

const AS_USER: [&str; 4] = ["setpriv", "--reuid=1000", "--regid=100", "--clear-groups"];

#[test]
fn a_home_that_is_to_be_made() {
    let plan = plan(spec(&[], "mkdir -p /etc/waiide/skel").env("WAIIDE_HOME", "/home/alice"));
    let provision = &plan["provision"];
    let directories: Vec<_> = provision["directories"].as_array().unwrap().iter().collect();
    assert_eq!(directories.len(), 4);
    assert!(directories.iter().all(|each| each["state"] == "missing"), "{provision:#}");
    assert_eq!(provision["skeleton"]["is_new"], true);
    assert_eq!(
        provision["skeleton"]["sources"],
        serde_json::json!(["/etc/skel", "/etc/waiide/skel"])
    );
    let accounts = provision["accounts"][0].as_str().unwrap();
    assert!(accounts.contains("/home/alice") && accounts.contains("/etc/passwd"), "{accounts}");
    assert_eq!(provision["problems"], serde_json::json!([]));
}

#[test]
fn a_home_in_use() {
    let prepare = "mkdir -p /home/calliope/workspace /home/calliope/.jupyter /home/calliope/.ssh
        chown 1000 /home/calliope /home/calliope/.jupyter /home/calliope/.ssh; chown 77 /home/calliope/workspace
        ln -s /tmp /home/calliope/.WAIIDE-server; chmod 770 /home/calliope/.ssh";
    let provision = &plan(spec(&[], prepare))["provision"];
    let states: Vec<_> = (0..4).map(|n| provision["directories"][n]["state"].clone()).collect();
    assert_eq!(states, ["there", "foreign", "there", "link"]);
    assert_eq!(provision["skeleton"]["is_new"], false);
    assert_eq!(provision["accounts"], serde_json::json!([]));
    assert_eq!(
        provision["ssh"],
        serde_json::json!([{ "path": "~/.ssh", "from": "0770", "to": "0700" }])
    );
    assert_eq!(provision["ownership"]["uids"], serde_json::json!([0]));
}

#[test]
fn what_run_would_say_the_plan_says_in_the_same_words() {
    let broken = [
        ("ln -s /run /home/calliope", false),
        ("touch /home/calliope", false),
        ("mount -n -o remount,ro /home", false),
        ("mkdir /home/calliope; chown 77 /home/calliope", false),
        ("mkdir /home/calliope; chown 77 /home/calliope; chmod 777 /home/calliope", false),
        ("mkdir /home/calliope", true),
        ("rm /etc/passwd; mkdir /etc/passwd", false),
        (
            "cp /etc/passwd /run/p; sed -i s:/home/calliope:/x: /run/p; mount -n --bind /run/p /etc/passwd",
            false,
        ),
        ("sed -i s:/home/calliope:/x: /etc/passwd; mount -n -o remount,ro,bind /etc", false),
        (
            "mkdir /home/calliope; chown 1000 /home/calliope; sed -i s:/home/calliope:/x: /etc/passwd",
            true,
        ),
    ];
    for (prepare, as_user) in broken {
        let make = |args: &[&str]| {
            let made = Spec::new(args)
                .env("WAIIDE_HOME", "/home/calliope")
                .prepare("printf 'root:x:0:\\nusers:x:100:\\n' > /etc/group")
                .prepare(prepare);
            if as_user { made.through(&AS_USER) } else { made }
        };
        let problems = plan(make(&["plan", "--json"]))["provision"]["problems"].clone();
        let said =
            text(&make(&["--log", "info", "--log-format", "text", "--", "true"]).run().stderr);
        let problems: Vec<_> = problems.as_array().unwrap().iter().collect();
        let is_sound = prepare.contains("777");
        assert_eq!(problems.is_empty(), is_sound, "{prepare}: {problems:?}\n{said}");
        for problem in problems {
            assert!(said.contains(problem.as_str().unwrap()), "{prepare}: {problem}\n{said}");
        }
    }
}

#[test]
fn nothing_is_changed_and_no_root_is_needed() {
    let script = format!(
        "find /home /etc /var/lib -printf '%p %C@\\n' | sort > /run/one; {} {INIT} plan > /tmp/text; {INIT} plan --json > /dev/null
         find /home /etc /var/lib -printf '%p %C@\\n' | sort | cmp - /run/one && cut -d ' ' -f 1 /tmp/text | sort -u | tr '\\n' ' '",
        AS_USER.join(" ")
    );
    let output = Spec::new(&[])
        .env("WAIIDE_HOME", "/home/alice")
        .prepare("rm -f /etc/group")
        .instead(&["bash", "-c", &script])
        .run();
    let printed = text(&output.stdout);
    for label in ["directory", "ownership", "problem", "skeleton"] {
        assert!(printed.contains(label), "{label}: {printed}");
    }
}

#[test]
fn a_container_that_was_another_users_is_told() {
    let before = "mkdir /var/lib/waiide; printf 'started /home/alice\\n' > /var/lib/waiide/homes";
    let plan = plan(spec(&[], before).through(&AS_USER));
    assert_eq!(plan["provision"]["earlier_home"], "/home/alice");
    assert!(plan["warnings"].to_string().contains("DockerSpawner"), "{plan:#}");
}

#[test]
fn files_of_whom_the_home_belonged_to_before_are_given() {
    let script = format!("{INIT} --uid 1001 -- true; {INIT} plan --json");
    let plan = plan(Spec::new(&[]).instead(&["bash", "-c", &script]));
    assert_eq!(plan["provision"]["ownership"]["uids"], serde_json::json!([0, 1001]));
    let home = &plan["provision"]["directories"][0];
    assert_eq!((home["state"].as_str(), home["uid"].as_u64()), (Some("given"), Some(1001)));
}

/// What a start would end at, and what it would not heed.
#[test]
fn a_token_that_is_not_there_and_settings_that_count_for_nothing() {
    let missing = Spec::new(&["plan"]).env("WAIIDE_TOKEN_FILE", "/run/none").run();
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("WAIIDE_TOKEN_FILE=/run/none"), "{missing:?}");
    // The secret is root's, and the start will be root's.
    let hidden = spec(&[], "umask 077; echo s3cret > /run/token").through(&AS_USER);
    plan(hidden.env("WAIIDE_TOKEN_FILE", "/run/token"));
    let standalone = plan(spec(&[], "").env("WAIIDE_PERMISSIVE_IDENTITY", "true"));
    let warnings = standalone["warnings"].to_string();
    assert!(warnings.contains("WAIIDE_PERMISSIVE_IDENTITY has no effect"), "{warnings}");
}

#[test]
fn the_path_is_shown_and_a_secret_in_a_command_is_not() {
    let hub = [
        ("JUPYTERHUB_USER", "alice"),
        ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/"),
        ("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:8888/user/alice/"),
        ("JUPYTERHUB_API_URL", "http://127.0.0.1:8081/hub/api"),
        ("JUPYTERHUB_API_TOKEN", "s3cret"),
        ("WAIIDE_BASE_PATH", "/x/"),
        ("WAIIDE_IDE_COMMAND", "ide --token=s3cret"),
    ];
    let spec = |args: &[&str]| {
        hub.iter().fold(Spec::new(args), |spec, (name, value)| spec.env(name, value))
    };
    let json = plan(spec(&["plan", "--json"]));
    assert_eq!(json["path"], "/user/alice/ide/");
    let warnings = json["warnings"].to_string();
    assert!(warnings.contains("WAIIDE_BASE_PATH has no effect in jupyterhub mode"), "{warnings}");
    let words = text(&spec(&["plan"]).run().stdout);
    assert!(
        words.contains("ide --token=[hidden]") || words.contains("'--token=[hidden]'"),
        "{words}"
    );
    assert!(!words.contains("s3cret") && !json.to_string().contains("s3cret"));
}

#[test]
fn a_door_that_stands_open_is_told_and_so_is_who_chose_the_mode() {
    let told = |spec: Spec| {
        let plan = plan(spec.env("WAIIDE_MODE", "standalone"));
        assert_eq!(plan["reason"], "WAIIDE_MODE asks for it");
        let warnings = plan["warnings"].as_array().unwrap().clone();
        warnings.iter().any(|line| line.as_str().unwrap().contains("DNS rebinding"))
    };
    let spec = |hosts| spec(&["--bind", "127.0.0.1", "--allowed-hosts", hosts], "");
    assert!(told(spec("*")));
    assert!(!told(spec("ide.example.com")));
    assert!(!told(spec("*").env("WAIIDE_TOKEN", "a-long-enough-token")));
}
