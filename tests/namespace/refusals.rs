//! Unusable arguments, settings and environments: exit code 2, the thing, the reason and the
//! remedy named, and nothing changed.

use crate::harness::{INIT, Spec, text};

/// Runs it where /home is empty; asserts that it is empty still.
pub fn refused(args: &[&str], env: &[(&str, &str)]) -> String {
    let script = format!("{} \"$@\"; code=$?; ls -A /home /run; exit $code", INIT);
    let mut words = vec![script.as_str(), "--"];
    words.extend(args);
    let mut spec = Spec::new(&[]);
    for (name, value) in env {
        spec = spec.env(name, value);
    }
    let command: Vec<&str> = ["bash", "-c"].into_iter().chain(words).collect();
    let output = spec.instead(&command).run();
    assert_eq!(output.status.code(), Some(2), "{args:?} {env:?}");
    assert_eq!(text(&output.stdout), "/home:\n\n/run:\n", "{args:?} {env:?}");
    text(&output.stderr)
}

#[test]
fn flags_that_are_none_or_have_no_use() {
    assert!(refused(&["--prot", "9"], &[]).contains("--port"));
    assert!(refused(&["--port", "0"], &[]).contains("--port=\"0\": expected a port"));
    assert!(refused(&["--uid", "0"], &[]).contains("0 is root"));
    assert!(refused(&["--gid", "4294967295"], &[]).contains("4294967295"));
    assert!(refused(&["--home", "relative"], &[]).contains("absolute"));
    assert!(refused(&["--stop-timeout", "8"], &[]).contains("unit"));
    assert!(refused(&["--ide-command", "node 'x"], &[]).contains("quote"));
    assert!(refused(&["--port", "8071"], &[]).contains("--ide-port"));
    assert!(refused(&["--skel", "/no/such/skel"], &[]).contains("/no/such/skel"));
    assert!(refused(&["run", "--nonsense"], &[]).contains("--nonsense"));
}

#[test]
fn variables_that_are_none_or_have_no_use() {
    let error = refused(&[], &[("WAIIDE_PROT", "9")]);
    assert!(
        error.contains("WAIIDE_PROT") && error.contains("did you mean WAIIDE_PORT?"),
        "{error}"
    );
    assert!(refused(&[], &[("NB_UID", "-1")]).contains("NB_UID=\"-1\""));
    assert!(refused(&[], &[("WAIIDE_TOKEN", "two words")]).contains("[hidden]"));
    assert!(refused(&[], &[("WAIIDE_TOKEN_FILE", "/no/such")]).contains("/no/such"));
}

#[test]
fn user_names_that_are_no_directory() {
    let long = "x".repeat(256);
    for name in ["..", ".", "a/b", "../../etc", "x:y", "a\nb", &long] {
        let error = refused(&["--mode", "standalone"], &[("JUPYTERHUB_USER", name)]);
        assert!(error.contains("JUPYTERHUB_USER") && error.contains("--home"), "{error}");
    }
}

#[test]
fn a_hub_that_did_not_say_enough() {
    let error = refused(&["jupyterhub-singleuser"], &[]);
    assert!(error.contains("JUPYTERHUB_SERVICE_URL is missing"), "{error}");
    assert!(error.contains("--mode standalone"), "{error}");
    let env = [("JUPYTERHUB_USER", "alice"), ("JUPYTERHUB_SERVICE_URL", "http://:x/")];
    assert!(refused(&[], &env).contains("JUPYTERHUB_SERVICE_URL"));
}

#[test]
fn a_secret_that_is_missing_does_not_open_the_door() {
    for name in ["WAIIDE_TOKEN", "WAIIDE_TOKEN_FILE"] {
        assert!(refused(&[], &[(name, "")]).contains(name));
    }
}

#[test]
fn variables_that_kubernetes_makes_of_a_service_are_explained() {
    let env = [("WAIIDE_PORT_8070_TCP", "tcp://10.0.0.1:8070")];
    assert!(refused(&[], &env).contains("enableServiceLinks"));
}

#[test]
fn homes_that_do_not_fit_into_passwd() {
    assert!(refused(&["--home", "/home/a:b"], &[]).contains("/etc/passwd"));
}
