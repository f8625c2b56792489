//! Every way in which a container can be started: it works, or one message says what is wrong and
//! what to change.

mod others_homes;
mod read_only;
mod squashed_root;
mod use_of_room;
mod user_namespaces;

use crate::harness::{Spec, text};

/// As `docker run --user 1000:100` does.
const AS_USER: [&str; 4] = ["setpriv", "--reuid=1000", "--regid=100", "--clear-groups"];

/// As `docker run --cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID` does.
const THREE: [&str; 4] =
    ["setpriv", "--bounding-set", "-all,+chown,+setuid,+setgid", "--inh-caps=-all"];

/// Runs it to its end, which comes with this code; returns the one message that it ends with.
fn refused(spec: Spec, code: i32) -> String {
    let output = spec.run();
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    let messages: Vec<_> = error.lines().filter(|line| line.starts_with("waiide-init: ")).collect();
    assert_eq!(messages.len(), 1, "{error}");
    messages[0].to_owned()
}

#[track_caller]
fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is missing in:\n{message}");
    }
}

/// What its program prints.
fn printed(spec: Spec) -> String {
    let output = spec.run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}
