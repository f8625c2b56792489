//! Start hooks: root's before the drop, the user's after it.

mod failures;
mod leftovers;
mod runs;
mod trust;
mod variables;

use crate::harness::Spec;

/// With a hook in `/etc/waiide`: `init.d/10-name`, and what the shell does in it.
fn with_hook(spec: Spec, hook: &str, script: &str) -> Spec {
    with_file(spec, hook, &format!("#!/bin/sh\n{script}\n"), "755")
}

/// With a file there, whose permissions are `mode`.
fn with_file(spec: Spec, hook: &str, text: &str, mode: &str) -> Spec {
    let (path, text) = (quoted(&format!("/etc/waiide/{hook}")), quoted(text));
    spec.prepare(&format!(
        "mkdir -p /etc/waiide/init.d /etc/waiide/user.d; printf %s {text} > {path}; \
         chmod {mode} {path}"
    ))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
