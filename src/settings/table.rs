//! Every setting: the one definition of its flag, variables, default and help.

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// What it is called, which is its flag without the dashes.
    pub name: &'static str,
    /// Whether there is a flag. Secrets have none: `ps` shows arguments to everybody.
    pub has_flag: bool,
    /// The variables that set it, the first of which wins.
    pub variables: &'static [&'static str],
    /// What holds where nothing is given.
    pub default: DefaultValue,
    /// What a value looks like, for the help.
    pub value: &'static str,
    /// One or two sentences.
    pub help: &'static str,
    /// Under which heading the help has it.
    pub heading: &'static str,
}

impl Setting {
    /// Whether it is on or off, and its flag alone means on.
    pub fn is_switch(&self) -> bool {
        self.value == SWITCH
    }
}

/// The value of a switch.
const SWITCH: &str = "on|off";

/// What holds where nothing is given.
#[derive(Debug, Clone, Copy)]
pub enum DefaultValue {
    /// This value.
    Value(&'static str),
    /// Something that depends on the environment, in words.
    Derived(&'static str),
}

const GENERAL: &str = "General";
const HOME: &str = "Home";
const NETWORK: &str = "Network";
const IDE: &str = "IDE";
const ACCESS: &str = "Access (standalone mode)";
const HUB: &str = "JupyterHub mode";

/// How the IDE is started unless `--ide-command` says otherwise.
pub const IDE_COMMAND: &str = "node /opt/calliope/WAIIDE-server/out/server-main.js \
    --host 127.0.0.1 --port {ide_port} --without-connection-token \
    --accept-server-license-terms --server-data-dir {home}/.WAIIDE-server \
    --default-folder {workspace} {workspace}";

/// What a browser lets the IDE's page use; see voice in the README.
pub const PERMISSIONS_POLICY: &str = "microphone=(self), camera=(self), display-capture=(self), \
    clipboard-read=(self), clipboard-write=(self)";

const fn setting(
    heading: &'static str,
    name: &'static str,
    variables: &'static [&'static str],
    default: DefaultValue,
    value: &'static str,
    help: &'static str,
) -> Setting {
    Setting { name, has_flag: true, variables, default, value, help, heading }
}

use DefaultValue::{Derived, Value};

/// All of them, in the order in which the help has them.
pub const SETTINGS: &[Setting] = &[
    setting(
        GENERAL,
        "mode",
        &["WAIIDE_MODE"],
        Value("auto"),
        "auto|jupyterhub|standalone",
        "Which way to run. `auto` takes JupyterHub mode where one of JUPYTERHUB_SERVICE_PREFIX, \
         JUPYTERHUB_USER and JUPYTERHUB_API_TOKEN is set, or the command is \
         jupyterhub-singleuser, another name of it, or --Class.trait=value.",
    ),
    setting(
        GENERAL,
        "stop-timeout",
        &["WAIIDE_STOP_TIMEOUT"],
        Derived("8s; 800ms on Kubernetes"),
        "DURATION",
        "How long stopping may take until whatever is left is killed.",
    ),
    setting(
        GENERAL,
        "ready-timeout",
        &["WAIIDE_READY_TIMEOUT"],
        Value("2m"),
        "DURATION",
        "How long a service may run without being ready until it is started anew; 0s: for ever. \
         One that has been ready has 30s at the most.",
    ),
    setting(
        GENERAL,
        "hook-timeout",
        &["WAIIDE_HOOK_TIMEOUT"],
        Value("60s"),
        "DURATION",
        "How long each start hook in /etc/waiide/init.d and /etc/waiide/user.d may take. One that \
         takes longer is ended, and the start fails.",
    ),
    setting(
        GENERAL,
        "run-dir",
        &["WAIIDE_RUN_DIR"],
        Derived("/run/waiide; a private directory under /tmp where that can't be made"),
        "DIR",
        "Where the sockets and generated configuration are.",
    ),
    setting(
        GENERAL,
        "log",
        &["WAIIDE_LOG"],
        Value("info"),
        "error|warn|info|debug|trace|off",
        "How much waiide-init says of its own work. What services print is always shown.",
    ),
    setting(
        GENERAL,
        "log-format",
        &["WAIIDE_LOG_FORMAT"],
        Derived("text on a terminal, otherwise json"),
        "text|json",
        "How lines are written to standard output.",
    ),
    setting(
        HOME,
        "home",
        &["WAIIDE_HOME"],
        Derived("/home/$JUPYTERHUB_USER, or /home/calliope"),
        "DIR",
        "The user's home directory.",
    ),
    setting(
        HOME,
        "uid",
        &["WAIIDE_UID", "NB_UID"],
        Value("1000"),
        "ID",
        "The user id that everything of the user's runs as. Not 0.",
    ),
    setting(
        HOME,
        "gid",
        &["WAIIDE_GID", "NB_GID"],
        Value("100"),
        "ID",
        "The group id that everything of the user's runs as. Not 0.",
    ),
    setting(
        HOME,
        "workspace",
        &["WAIIDE_WORKSPACE"],
        Derived("<home>/workspace"),
        "DIR",
        "The folder that the IDE opens.",
    ),
    setting(
        HOME,
        "chown",
        &["WAIIDE_CHOWN"],
        Value("auto"),
        "auto|always|never",
        "Whether files in the home that belong to root are given to the user. `auto` waits for \
         it no longer than the budget, `always` to the end, `never` touches nothing.",
    ),
    setting(
        HOME,
        "chown-budget",
        &["WAIIDE_CHOWN_BUDGET"],
        Value("2s"),
        "DURATION",
        "How long services wait for that. What is left then goes on in the background.",
    ),
    setting(
        HOME,
        "skel",
        &["WAIIDE_SKEL"],
        Value("/etc/skel"),
        "DIR",
        "What a new home gets a copy of, besides /etc/waiide/skel.",
    ),
    setting(
        NETWORK,
        "port",
        &["WAIIDE_PORT"],
        Derived("the port of JUPYTERHUB_SERVICE_URL, else 8070"),
        "PORT",
        "The public port.",
    ),
    setting(
        NETWORK,
        "bind",
        &["WAIIDE_BIND"],
        Derived("the host of JUPYTERHUB_SERVICE_URL, else 0.0.0.0"),
        "ADDRESS",
        "The address that the public port is opened on.",
    ),
    setting(
        NETWORK,
        "base-path",
        &["WAIIDE_BASE_PATH"],
        Derived("JUPYTERHUB_SERVICE_PREFIX if set, else /"),
        "PATH",
        "The path under which everything is served in standalone mode.",
    ),
    setting(
        NETWORK,
        "permissions-policy",
        &["WAIIDE_PERMISSIONS_POLICY"],
        Value(PERMISSIONS_POLICY),
        "POLICY|off",
        "What a browser lets pages use: the Permissions-Policy header. Where the IDE sends one \
         itself, the stricter holds. Pages may also hear a stream (media-src). `off` leaves the \
         IDE's headers alone.",
    ),
    setting(
        IDE,
        "ide-port",
        &["WAIIDE_IDE_PORT"],
        Value("8071"),
        "PORT",
        "The port that the IDE listens on, on 127.0.0.1.",
    ),
    setting(
        IDE,
        "ide-command",
        &["WAIIDE_IDE_COMMAND"],
        Value(IDE_COMMAND),
        "COMMAND",
        "How the IDE is started. Words are split as a shell does, and no shell runs it; \
         {ide_port}, {home} and {workspace} are filled in.",
    ),
    setting(
        IDE,
        "webviews",
        &["WAIIDE_WEBVIEWS"],
        Value("as-is"),
        "as-is|same-origin",
        "From where the IDE's page gets webviews, in which extensions show what is theirs. From \
         another origin, as some IDEs have it, they get no microphone; `same-origin` turns them \
         to the page's own.",
    ),
    Setting {
        name: "token",
        has_flag: false,
        variables: &["WAIIDE_TOKEN"],
        default: Derived("none: whoever reaches the port may come in"),
        value: "TOKEN",
        help: "What a person has to know to come in.",
        heading: ACCESS,
    },
    setting(
        ACCESS,
        "token-file",
        &["WAIIDE_TOKEN_FILE"],
        Derived("none"),
        "FILE",
        "A file that holds the token, such as a mounted secret.",
    ),
    setting(
        ACCESS,
        "allowed-hosts",
        &["WAIIDE_ALLOWED_HOSTS"],
        Derived("localhost, *.localhost and IP addresses"),
        "NAMES",
        "Further host names that are answered, separated by commas; `*.example.com` stands for \
         all names below, and `*` for any, which is for where a token is asked for.",
    ),
    setting(
        ACCESS,
        "allowed-origins",
        &["WAIIDE_ALLOWED_ORIGINS"],
        Derived("the request's own"),
        "ORIGINS",
        "Further origins whose pages may connect, separated by commas, such as \
         https://example.com. In JupyterHub mode as well.",
    ),
    setting(
        HUB,
        "repair-scopes",
        &["WAIIDE_REPAIR_SCOPES"],
        Value("auto"),
        "auto|always|never",
        "Whether a named server's OAuth scope is put right where the Hub sent a wrong one.",
    ),
    setting(
        HUB,
        "permissive-identity",
        &["WAIIDE_PERMISSIVE_IDENTITY"],
        Value("off"),
        SWITCH,
        "Lets every user of the Hub who holds a token of it into this server, with a shell. Not \
         needed for sharing: JupyterHub's shares and groups let chosen people in.",
    ),
];

/// The variable that names the file by which a start hook sets variables for what follows. Only
/// hooks have it.
pub const HOOKS_FILE: &str = "WAIIDE_ENV_FILE";

/// Variables that begin with `WAIIDE_` and are no settings: waiide-init sets them for its start
/// hooks, which may start it again, for `waiide-init plan` say.
pub const OTHER_VARIABLES: &[&str] = &[HOOKS_FILE, "WAIIDE_USER"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_variables_are_unique() {
        let names: HashSet<_> = SETTINGS.iter().map(|s| s.name).collect();
        assert_eq!(names.len(), SETTINGS.len());
        let variables: Vec<_> = SETTINGS.iter().flat_map(|s| s.variables).collect();
        assert_eq!(variables.iter().collect::<HashSet<_>>().len(), variables.len());
    }

    #[test]
    fn a_variable_is_named_after_its_setting() {
        for setting in SETTINGS {
            let expected = format!("WAIIDE_{}", setting.name.replace('-', "_").to_uppercase());
            assert_eq!(setting.variables[0], expected);
        }
    }
}
