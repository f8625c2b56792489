//! What a start hook finds in its environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::{DEFAULT_PATH, login_environment, user_environment, without_hub_secrets};
use crate::environment::host::Host;
use crate::environment::{Mode, Variables};
use crate::site::Site;

type Env = BTreeMap<OsString, OsString>;

/// Root's: all that the container was given but this program's own settings, its token among
/// them, with root's login. `path` is the part of `PATH` that root may search; none: the usual one.
pub fn roots_environment(
    site: &Site,
    mode: Mode,
    variables: &Variables,
    host: &Host,
    path: Option<OsString>,
) -> Env {
    let (home, shell) = match host.entry_of(0) {
        Some(entry) => (entry.home.as_path(), entry.shell.as_path()),
        None => (Path::new("/root"), Path::new("/bin/sh")),
    };
    let mut env = login_environment(variables, "root", home, shell);
    env.insert("PATH".into(), path.unwrap_or_else(|| DEFAULT_PATH.into()));
    with_facts(env, site, mode)
}

/// The user's: what the IDE gets. The Hub's credentials are kept from it.
pub fn users_environment(site: &Site, mode: Mode, variables: &Variables) -> Env {
    with_facts(without_hub_secrets(user_environment(site, variables)), site, mode)
}

/// What was decided, so that no hook has to find it out.
fn with_facts(mut env: Env, site: &Site, mode: Mode) -> Env {
    let facts: [(&str, OsString); 6] = [
        ("WAIIDE_MODE", mode.as_str().into()),
        ("WAIIDE_USER", site.account.name.clone().into()),
        ("WAIIDE_UID", site.account.uid.to_string().into()),
        ("WAIIDE_GID", site.account.gid.to_string().into()),
        ("WAIIDE_HOME", site.home.path.clone().into()),
        ("WAIIDE_WORKSPACE", site.home.workspace.clone().into()),
    ];
    env.extend(facts.map(|(name, value)| (name.into(), value)));
    env
}
