//! JupyterHub mode, as far as it shows without a Hub: the plan, and what singleuser is given.

use crate::harness::{Container, Spec, text};

const HUB: [(&str, &str); 6] = [
    ("JUPYTERHUB_USER", "alice"),
    ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/"),
    ("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:8888/user/alice/"),
    ("JUPYTERHUB_API_TOKEN", "s3cret"),
    ("JUPYTERHUB_API_URL", "http://127.0.0.1:1/hub/api"),
    ("JUPYTERHUB_CLIENT_ID", "jupyterhub-user-alice"),
];

fn behind_hub(spec: Spec) -> Spec {
    HUB.iter().fold(spec, |spec, (name, value)| spec.env(name, value))
}

fn plan(spec: Spec) -> serde_json::Value {
    let output = spec.run();
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    assert!(!printed.contains("s3cret"), "{printed}");
    serde_json::from_str(&printed).unwrap()
}

fn command(plan: &serde_json::Value, name: &str) -> Vec<String> {
    let services = plan["services"].as_array().unwrap();
    let found = services.iter().find(|service| service["name"] == name).unwrap();
    serde_json::from_value(found["command"].clone()).unwrap()
}

#[test]
fn the_plan_takes_port_prefix_and_home_from_the_hub() {
    let plan = plan(behind_hub(Spec::new(&["plan", "--json"])));
    assert_eq!(plan["mode"], "jupyterhub");
    assert_eq!(plan["home"]["path"], "/home/alice");
    assert_eq!(plan["ports"]["public"], "0.0.0.0:8888");
    let command = command(&plan, "singleuser");
    for word in [
        "--port=8888",
        "--ip=0.0.0.0",
        "--ServerApp.base_url=/user/alice/",
        "--ServerApp.default_url=/ide",
    ] {
        assert!(command.iter().any(|each| each == word), "{word}: {command:?}");
    }
}

/// A spawner whose `ip` is empty means all addresses.
#[test]
fn an_empty_host_is_handed_on_as_all_addresses() {
    let spec = behind_hub(Spec::new(&["plan", "--json"]))
        .env("JUPYTERHUB_SERVICE_URL", "http://:8888/user/alice/");
    let command = command(&plan(spec), "singleuser");
    assert!(command.iter().any(|word| word == "--ip=*"), "{command:?}");
}

#[test]
fn settings_beat_the_hub_and_its_landing_page_is_kept() {
    let spec = behind_hub(Spec::new(&["plan", "--json", "--port", "9000", "--bind", "127.0.0.1"]))
        .env("JUPYTERHUB_DEFAULT_URL", "/lab");
    let plan = plan(spec);
    assert_eq!(plan["ports"]["public"], "127.0.0.1:9000");
    let command = command(&plan, "singleuser");
    assert!(command.iter().any(|word| word == "--port=9000"), "{command:?}");
    assert!(!command.iter().any(|word| word.contains("default_url")), "{command:?}");
}

#[test]
fn standalone_mode_given_by_hand_serves_under_the_prefix() {
    let container = Spec::with_ide(&["--mode", "standalone"])
        .env("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/")
        .start();
    container.wait_until_healthy();
    assert_eq!(container.sh("curl -s http://127.0.0.1:8070/user/alice/x"), "ide /x");
}

/// What stands in for jupyterhub-singleuser prints what it was given, then answers its probe.
const SINGLEUSER: &str = r#"#!/usr/bin/python3
import http.server, os, sys
print('args', sys.argv[1:], flush=True)
print('token', os.environ.get('JUPYTERHUB_API_TOKEN'), flush=True)
print('config', open(os.environ['JUPYTER_CONFIG_PATH'].split(':')[0] + '/jupyter_server_config.json').read().replace('\n', ''), flush=True)
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200 if self.path == '/user/alice/api' else 404); self.end_headers()
http.server.HTTPServer(('0.0.0.0', 8888), H).serve_forever()
"#;

fn start() -> Container {
    behind_singleuser(&[])
}

fn behind_singleuser(more: &[(&str, &str)]) -> Container {
    let install = format!(
        "mkdir -p /run/bin; cat > /run/bin/jupyterhub-singleuser <<'END'\n{SINGLEUSER}END\nchmod +x /run/bin/jupyterhub-singleuser"
    );
    let spec = behind_hub(Spec::with_ide(&["jupyterhub-singleuser", "--extra=1", "two words"]));
    let spec = more.iter().fold(spec, |spec, (name, value)| spec.env(name, value));
    spec.env("PATH", "/run/bin:/usr/bin:/bin:/usr/sbin").prepare(&install).start()
}

#[test]
fn singleuser_gets_arguments_token_and_configuration_and_the_ide_gets_no_token() {
    let container = start();
    container.wait_until_healthy();
    let log = container.log();
    assert!(log.contains("'--extra=1', 'two words']"), "{log}");
    assert!(log.contains("token s3cret"), "{log}");
    assert!(log.contains("/run/waiide/gateway.sock"), "{log}");
    let ide = container.pid_of("ide");
    let environ = container.sh(&format!("tr '\\0' '\\n' < /proc/{ide}/environ"));
    assert!(environ.contains("JUPYTERHUB_USER=alice"), "{environ}");
    assert!(!environ.contains("s3cret"), "{environ}");
    let page =
        container.sh_as(1000, "curl -s --unix-socket /run/waiide/gateway.sock http://x/hello");
    assert_eq!(page, "ide /hello");
    assert_eq!(container.sh("find /home/alice -name '*config*'"), "");
}

#[test]
fn singleuser_that_ends_with_0_ends_the_container_with_0() {
    let mut container = start();
    container.wait_until_healthy();
    let pid = container.pid_of("singleuser");
    // Python takes INT as an exception; TERM, caught, makes it end with 0.
    container.sh(&format!("kill -9 {pid}"));
    container.wait_for_another("singleuser", pid);
    container.wait_until_healthy();
    container.sh("printf '#!/bin/sh\\nexit 0\\n' > /run/bin/jupyterhub-singleuser");
    container.sh(&format!("kill -9 {}", container.pid_of("singleuser")));
    assert_eq!(container.wait().0, 0);
}

#[test]
fn a_restart_of_singleuser_on_request_does_not_end_the_container() {
    let container = start();
    container.wait_until_healthy();
    container.sh("sed -i 's/^import http.server.*/&, signal; signal.signal(signal.SIGTERM, lambda *_: os._exit(0))/' /run/bin/jupyterhub-singleuser");
    let first = container.pid_of("singleuser");
    container.sh(&format!("kill -9 {first}"));
    let before = container.wait_for_another("singleuser", first);
    container.wait_until_healthy();
    assert!(container.output_as(0, "$INIT restart singleuser").status.success());
    assert_ne!(container.pid_of("singleuser"), before);
    container.wait_until_healthy();
}

#[test]
fn in_standalone_mode_the_port_still_comes_from_the_service_url() {
    let spec = behind_hub(Spec::new(&["plan", "--json", "--mode", "standalone"]));
    assert_eq!(plan(spec)["ports"]["public"], "0.0.0.0:8888");
}

#[test]
fn a_named_servers_wrong_scope_is_repaired_before_singleuser_reads_it() {
    let spec = behind_hub(Spec::new(&["plan", "--json"]))
        .env("JUPYTERHUB_SERVER_NAME", "waiide")
        .env("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/waiide/")
        .env("JUPYTERHUB_CLIENT_ID", "jupyterhub-user-alice-waiide")
        .env(
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES",
            r#"["access:servers!server=alice/", "access:servers!user=alice"]"#,
        );
    let plan = plan(spec);
    let value = plan["repairs"][0]["value"].as_str().unwrap();
    assert_eq!(value, r#"["access:servers!server=alice/waiide","access:servers!user=alice"]"#);
}

#[test]
fn variables_that_contradict_each_other_are_named_and_nothing_is_repaired() {
    let spec = behind_hub(Spec::new(&["plan", "--json"]))
        .env("JUPYTERHUB_SERVER_NAME", "waiide")
        .env("JUPYTERHUB_OAUTH_ACCESS_SCOPES", "[]");
    let plan = plan(spec);
    assert_eq!(plan["repairs"], serde_json::json!([]));
    let warning = plan["warnings"][0].as_str().unwrap();
    assert!(warning.contains("JUPYTERHUB_SERVER_NAME and JUPYTERHUB_SERVICE_PREFIX"), "{warning}");
}

#[test]
fn letting_everybody_in_is_said_in_the_log_and_by_status() {
    let container = behind_singleuser(&[("WAIIDE_PERMISSIVE_IDENTITY", "on")]);
    container.wait_until_healthy();
    assert!(container.log().contains("waiide_singleuser.PermissiveIdentityProvider"));
    assert!(container.log().contains("--permissive-identity is on"), "{}", container.log());
    let status = container.sh("$INIT status");
    assert!(status.contains("Warning: --permissive-identity is on"), "{status}");
    let status: serde_json::Value =
        serde_json::from_str(&container.sh("$INIT status --json")).unwrap();
    let warnings = status["warnings"].as_array().unwrap();
    let is_it =
        |warning: &serde_json::Value| warning.as_str().unwrap().contains("every user of the Hub");
    assert!(warnings.iter().any(is_it), "{status}");
}
