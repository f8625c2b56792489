//! `waiide-init doctor`, in a container that runs and in one that does not.

use std::process::Output;

use crate::harness::{Container, Spec, text};

const HUB: &str = "JUPYTERHUB_USER=alice JUPYTERHUB_SERVICE_PREFIX=/user/alice/waiide/ \
    JUPYTERHUB_SERVICE_URL=http://0.0.0.0:8888/user/alice/waiide/ JUPYTERHUB_API_TOKEN=s3cret \
    JUPYTERHUB_API_URL=http://127.0.0.1:8081/hub/api JUPYTERHUB_CLIENT_ID=jupyterhub-user-alice-waiide";

/// A Hub's API that knows one token; what it is the token of stands in the place of SCOPE.
const API: &str = r#"
import http.server, json
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get('Authorization') == 'token s3cret'
        answer = {'/hub/api': {'version': '6.1.1'}, '/hub/api/user': {'name': 'alice', 'scopes': ['SCOPE']}}[self.path]
        self.send_response(200 if known or self.path == '/hub/api' else 403)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())
http.server.HTTPServer(('127.0.0.1', 8081), H).serve_forever()
"#;

fn running() -> Container {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    container
}

fn report(output: &Output, code: i32) -> String {
    let printed = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{printed}");
    assert!(!printed.contains("s3cret"), "{printed}");
    printed
}

/// The doctor of a server behind a Hub whose token is for the server with this scope.
fn of_hub(container: &Container, variables: &str, scope: &str, code: i32) -> String {
    let api = API.replace("SCOPE", scope);
    container.sh(&format!(
        "cat > /run/hub.py <<'END'\n{api}END\n(setsid python3 /run/hub.py >/dev/null 2>&1 </dev/null &)\n\
         until curl -s http://127.0.0.1:8081/hub/api >/dev/null; do sleep 0.1; done"
    ));
    report(&container.output_as(0, &format!("{HUB} {variables} $INIT doctor")), code)
}

#[test]
fn where_all_runs_nothing_is_broken() {
    let container = running();
    let printed = report(&container.output_as(0, "$INIT doctor"), 0);
    for part in ["ide is running and ready", "gateway is running and ready", "Nothing is broken."] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let json = report(&container.output_as(1000, "$INIT doctor --json"), 0);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["findings"].as_array().unwrap().iter().all(|f| f["level"] != "broken"), "{json}");
}

/// It sees the flags with which the container was started.
#[test]
fn ports_that_were_given_as_flags_are_known() {
    let container = Spec::with_ide(&["--port", "9070"]).start();
    container.wait_until_healthy();
    let printed = report(&container.output_as(1000, "$INIT doctor"), 0);
    assert!(printed.contains("the gateway at 0.0.0.0:9070"), "{printed}");
}

/// The IDE's terminal and the user's hooks don't get it.
#[test]
fn without_the_hubs_token_the_rest_is_looked_at() {
    let container = running();
    let api = API.replace("SCOPE", "");
    container.sh(&format!("cat > /run/hub.py <<'END'\n{api}END\n"));
    container.sh("(setsid python3 /run/hub.py >/dev/null 2>&1 </dev/null &)
        until curl -s http://127.0.0.1:8081/hub/api >/dev/null; do sleep 0.1; done");
    let hub = HUB.replace("JUPYTERHUB_API_TOKEN=s3cret ", "");
    let printed = report(&container.output_as(1000, &format!("{hub} $INIT doctor")), 0);
    assert!(printed.contains("JupyterHub 6.1.1"), "{printed}");
    assert!(printed.contains("this process is not given the Hub's token"), "{printed}");
    let plan = container.output_as(1000, &format!("{hub} $INIT plan"));
    assert_eq!(plan.status.code(), Some(0), "{}", text(&plan.stderr));
}

/// A volume that a pod's fsGroup lets the user write to is no trouble.
#[test]
fn a_home_of_a_group_that_only_this_container_has_is_well() {
    let container = Spec::with_ide(&[])
        .prepare("mkdir -p /home/calliope; chown 0:2000 /home/calliope; chmod 2775 /home/calliope")
        .through(&["setpriv", "--reuid=1000", "--regid=1000", "--groups=2000"])
        .start();
    container.wait_until_healthy();
    let as_user = "setpriv --reuid=1000 --regid=1000 --groups=2000 $INIT doctor";
    let printed = report(&container.output_as(0, as_user), 0);
    assert!(printed.contains("/home/calliope is"), "{printed}");
}

#[test]
fn a_hub_that_is_not_there_is_broken_and_names_the_hubs_side() {
    let printed = report(&running().output_as(0, &format!("{HUB} $INIT doctor")), 1);
    assert!(printed.contains("http://127.0.0.1:8081/hub/api: no answer"), "{printed}");
    assert!(printed.contains("change (Hub): c.JupyterHub.hub_ip"), "{printed}");
}

#[test]
fn a_token_of_this_server_is_well_and_one_of_another_is_not() {
    let container = running();
    let right = of_hub(&container, "", "access:servers!server=alice/waiide", 0);
    assert!(right.contains("JupyterHub 6.1.1"), "{right}");
    assert!(right.contains("it takes this container for alice's server \"waiide\""), "{right}");
    let container = running();
    let wrong = of_hub(&container, "", "access:servers!server=alice/", 1);
    assert!(wrong.contains("the token is that of alice/"), "{wrong}");
    assert!(wrong.contains("{servername}"), "{wrong}");
}

#[test]
fn variables_that_contradict_each_other_are_both_named() {
    let variables = "JUPYTERHUB_SERVER_NAME=other";
    let printed = report(&running().output_as(0, &format!("{HUB} {variables} $INIT doctor")), 1);
    let part = "JUPYTERHUB_SERVER_NAME and JUPYTERHUB_SERVICE_PREFIX contradict each other";
    assert!(printed.contains(part), "{printed}");
}

/// As a new volume is.
#[test]
fn a_home_of_roots_is_well_before_the_start_and_broken_after_it() {
    let prepare = "mkdir -p /home/calliope; chown 0:0 /home/calliope; chmod 755 /home/calliope";
    let printed = report(&Spec::new(&["doctor"]).prepare(prepare).run(), 0);
    assert!(
        printed.contains("/home/calliope will be, once it is started, calliope's"),
        "{printed}"
    );
    let never = Spec::new(&["doctor"]).prepare(prepare).env("WAIIDE_CHOWN", "never").run();
    assert!(report(&never, 1).contains("/home/calliope belongs to 0:0"));
    let container = running();
    container.sh("chown 0:0 /home/calliope");
    let printed = report(&container.output_as(0, "$INIT doctor"), 1);
    assert!(printed.contains("/home/calliope belongs to 0:0"), "{printed}");
}

#[test]
fn an_environment_that_cannot_start_is_the_one_finding() {
    let output = Spec::new(&["doctor"]).env("JUPYTERHUB_USER", "alice").run();
    let printed = report(&output, 1);
    assert!(printed.contains("JUPYTERHUB_SERVICE_URL is missing"), "{printed}");
}
