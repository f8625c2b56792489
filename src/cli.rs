//! The command line: which command, with which settings.
//!
//! What follows a singleuser name or a program belongs to that program, to the letter. So the
//! words are divided first, and only this program's own part is parsed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::settings::table::{DefaultValue, SETTINGS, Setting};

/// The names by which z2jh and DockerSpawner ask for JupyterHub mode.
pub const SINGLEUSER_NAMES: [&str; 3] =
    ["jupyterhub-singleuser", "start-singleuser.sh", "start-singleuser.py"];

/// First words that are no program.
const COMMANDS: [&str; 12] = [
    "run",
    "plan",
    "status",
    "start",
    "stop",
    "restart",
    "logs",
    "healthcheck",
    "doctor",
    "gateway",
    "own-home",
    "help",
];

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cli {
    /// The settings that were given as flags, by name.
    pub flags: BTreeMap<&'static str, String>,
    /// What to do.
    pub action: Action,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Provision, drop, supervise.
    Run(Task),
    /// Show what [`Action::Run`] would do.
    Plan {
        /// As JSON.
        json: bool,
    },
    /// Find out what is wrong.
    Doctor {
        /// The deployed server to look at, in place of this machine.
        url: Option<String>,
        /// As JSON.
        json: bool,
    },
    /// Ask PID 1 for something.
    Client(ClientAction),
    /// Be the gateway. Only PID 1 starts this.
    Gateway,
    /// Give the home's files to the user. Only PID 1 starts this.
    OwnHome,
}

/// What to supervise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// The IDE and what stands before it.
    Serve,
    /// The same in JupyterHub mode, with further arguments for jupyterhub-singleuser.
    Singleuser(Vec<OsString>),
    /// One program in their place.
    Program(Vec<OsString>),
}

/// What to ask PID 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientAction {
    /// The services' state.
    Status {
        /// As JSON.
        json: bool,
    },
    /// Start, stop or restart a service.
    Control {
        /// `start`, `stop` or `restart`.
        verb: String,
        /// Which one.
        service: String,
    },
    /// What services printed.
    Logs {
        /// Which one; all where there is none.
        service: Option<String>,
        /// How many lines.
        lines: usize,
        /// Whether to go on.
        follow: bool,
    },
    /// Whether all is well.
    Healthcheck,
}

/// Reads the command line, `args` being all of it, the program's name first.
///
/// # Errors
/// Clap's, which also stands for `--help` and `--version`: print it and exit with its code.
pub fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let (own, foreign) = divide(args);
    let matches = command().try_get_matches_from(own)?;
    let mut flags = flags_of(&matches);
    let action = match matches.subcommand() {
        Some((name, sub)) => {
            flags.extend(flags_of(sub));
            foreign.map_or_else(|| action_of(name, sub), Action::Run)
        }
        None => Action::Run(foreign.unwrap_or(Task::Serve)),
    };
    Ok(Cli { flags, action })
}

/// Divides the words: this program's own, and what belongs to another program.
fn divide(args: &[OsString]) -> (&[OsString], Option<Task>) {
    // The image's own command is `run`, and a spawner's arguments may stand behind it.
    let is_run = args.get(1).is_some_and(|word| word == "run");
    let mut position = if is_run { 2 } else { 1 };
    while let Some(word) = args.get(position) {
        if word == "--" && !is_run {
            return (own_part(args, position), program(args, position + 1));
        }
        match word.to_str() {
            Some(flag) if is_trait(flag) => {
                let rest = args.get(position..).unwrap_or_default().to_vec();
                return (own_part(args, position), Some(Task::Singleuser(rest)));
            }
            Some(flag) if flag.starts_with('-') => {
                position += if takes_next_word(flag) { 2 } else { 1 };
            }
            _ if is_run => return (args, None),
            Some(name) if SINGLEUSER_NAMES.contains(&name) => {
                let rest = args.get(position + 1..).unwrap_or_default().to_vec();
                return (own_part(args, position), Some(Task::Singleuser(rest)));
            }
            Some(name) if COMMANDS.contains(&name) => return (args, None),
            _ => return (own_part(args, position), program(args, position)),
        }
    }
    (args, None)
}

/// Whether a flag is one of Jupyter's, `--Class.trait=value`: where a spawner has `args` and no
/// `cmd`, they stand alone or behind the image's `run` (DockerSpawner's `get_command`).
fn is_trait(flag: &str) -> bool {
    let name = flag.strip_prefix("--").and_then(|flag| flag.split('=').next()).unwrap_or_default();
    name.starts_with(|first: char| first.is_ascii_uppercase()) && name.contains('.')
}

fn own_part(args: &[OsString], end: usize) -> &[OsString] {
    args.get(..end).unwrap_or(args)
}

fn program(args: &[OsString], from: usize) -> Option<Task> {
    let words = args.get(from..).unwrap_or_default();
    (!words.is_empty()).then(|| Task::Program(words.to_vec()))
}

fn takes_next_word(flag: &str) -> bool {
    let name = flag.trim_start_matches("--");
    SETTINGS.iter().any(|setting| setting.has_flag && setting.name == name)
}

fn action_of(name: &str, matches: &ArgMatches) -> Action {
    let text = |id| matches.get_one::<String>(id).cloned();
    let is_set = |id| matches.get_flag(id);
    match name {
        "plan" => Action::Plan { json: is_set("json") },
        "doctor" => Action::Doctor { url: text("url"), json: is_set("json") },
        "status" => Action::Client(ClientAction::Status { json: is_set("json") }),
        "logs" => Action::Client(ClientAction::Logs {
            service: text("service"),
            lines: matches.get_one::<usize>("lines").copied().unwrap_or(DEFAULT_LINES),
            follow: is_set("follow"),
        }),
        "healthcheck" => Action::Client(ClientAction::Healthcheck),
        "start" | "stop" | "restart" => Action::Client(ClientAction::Control {
            verb: name.to_owned(),
            service: text("service").unwrap_or_default(),
        }),
        "gateway" => Action::Gateway,
        "own-home" => Action::OwnHome,
        _ => Action::Run(Task::Serve),
    }
}

const DEFAULT_LINES: usize = 100;

/// The whole command line, for parsing and for the help.
pub fn command() -> Command {
    Command::new("waiide-init")
        .version(env!("CARGO_PKG_VERSION"))
        .about("The entrypoint of a container that serves a VS Code-family IDE in the browser")
        .long_about(LONG_ABOUT)
        .after_long_help(AFTER_HELP)
        .override_usage(USAGE)
        .subcommand_help_heading("Commands")
        .args(setting_args())
        .subcommands([
            run_command(),
            plan_command(),
            client("status", "Show the services").arg(json()),
            client("start", "Start a service").arg(service().required(true)),
            client("stop", "Stop a service; it stays stopped").arg(service().required(true)),
            client("restart", "Restart a service").arg(service().required(true)),
            logs_command(),
            client("healthcheck", "Exit with 0 when all services are ready, else with 1"),
            doctor_command(),
            Command::new("gateway").hide(true),
            Command::new("own-home").hide(true),
        ])
}

const USAGE: &str = "waiide-init [SETTINGS] [COMMAND]
       waiide-init [SETTINGS] jupyterhub-singleuser [ARGS]
       waiide-init [SETTINGS] -- PROGRAM [ARGS]";

const LONG_ABOUT: &str = "\
The entrypoint of a container that serves a VS Code-family IDE in the browser.

It finds out whether a JupyterHub started it, makes the user's home right, drops from root to the
user, then starts and supervises the IDE and either jupyterhub-singleuser or its own API server
and reverse proxy. Without a command it runs. `jupyterhub-singleuser`, `start-singleuser.sh` and
`start-singleuser.py` run in JupyterHub mode and hand their arguments on. Any other first word is
a program to run in place of the services.";

const AFTER_HELP: &str = "\
Each setting may be given as a flag or as a variable; the flag wins. WAIIDE_TOKEN, the token that
a person has to know in standalone mode, has no flag, since anybody may read a command line.

Exit codes: 0 stopped on request; 1 a service failed for good; 2 unusable arguments, settings or
environment, nothing was changed; 3 the home could not be provisioned, or a start hook failed;
otherwise PROGRAM's own.

Examples:
  waiide-init plan                     what would happen here, and why
  waiide-init --port 9000              run on another port
  waiide-init -- bash                  a shell as the user, in place of the services
  waiide-init logs ide --follow        what the IDE prints";

fn run_command() -> Command {
    Command::new("run")
        .about("Provision, drop privileges and supervise (the default)")
        .args(setting_args())
}

fn plan_command() -> Command {
    Command::new("plan")
        .about("Show what `run` would do, and why; changes nothing and needs no root")
        .arg(json())
        .args(setting_args())
}

fn doctor_command() -> Command {
    let url = Arg::new("url").long("url").value_name("URL").help(
        "Look at this deployed server as a browser gets it, rather than at this machine. A token \
         goes along as its ?token=, or by WAIIDE_TOKEN",
    );
    Command::new("doctor")
        .about("Say what is wrong here, why it matters, and who has to change what")
        .args([url, json()])
        .args(setting_args())
}

fn logs_command() -> Command {
    let lines = Arg::new("lines")
        .long("lines")
        .short('n')
        .value_name("N")
        .value_parser(clap::value_parser!(usize))
        .help("How many lines [default: 100]");
    let follow = Arg::new("follow")
        .long("follow")
        .short('f')
        .action(ArgAction::SetTrue)
        .help("Go on with what is printed from now on");
    client("logs", "Show the last lines that services printed").args([service(), lines, follow])
}

fn client(name: &'static str, about: &'static str) -> Command {
    let run_dir = SETTINGS.iter().filter(|setting| setting.name == "run-dir").map(setting_arg);
    Command::new(name).about(about).args(run_dir)
}

fn json() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON")
}

fn service() -> Arg {
    Arg::new("service")
        .value_name("SERVICE")
        .help("ide, gateway, singleuser, or one that the image adds")
}

fn setting_args() -> impl Iterator<Item = Arg> {
    SETTINGS.iter().filter(|setting| setting.has_flag).map(setting_arg)
}

fn setting_arg(setting: &Setting) -> Arg {
    Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.value)
        .help_heading(setting.heading)
        .help(setting.help)
        .long_help(format!(
            "{}\n[variable: {}] [default: {}]",
            setting.help,
            setting.variables.join(" or "),
            match setting.default {
                DefaultValue::Value(text) | DefaultValue::Derived(text) => text,
            }
        ))
}

fn flags_of(matches: &ArgMatches) -> BTreeMap<&'static str, String> {
    let value = |name| matches.try_get_one::<String>(name).ok().flatten().cloned();
    SETTINGS.iter().filter_map(|setting| Some((setting.name, value(setting.name)?))).collect()
}

/// The words as the operating system gave them.
pub fn words<I: IntoIterator<Item = T>, T: AsRef<OsStr>>(args: I) -> Vec<OsString> {
    args.into_iter().map(|word| word.as_ref().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Cli {
        parse(&words(line.split(' '))).unwrap()
    }

    fn run(line: &str) -> Task {
        match parsed(line).action {
            Action::Run(task) => task,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn nothing_and_run_are_the_same() {
        assert_eq!(run("waiide-init"), Task::Serve);
        assert_eq!(run("waiide-init run"), Task::Serve);
        assert_eq!(parsed("waiide-init run --port 9").flags["port"], "9");
        assert_eq!(parsed("waiide-init --port 9 run").flags["port"], "9");
    }

    #[test]
    fn singleuser_arguments_are_handed_on_to_the_letter() {
        for name in SINGLEUSER_NAMES {
            let task = run(&format!("waiide-init {name} --port=1 -- --help run"));
            assert_eq!(task, Task::Singleuser(words(["--port=1", "--", "--help", "run"])));
        }
    }

    #[test]
    fn a_spawners_arguments_alone_are_singleusers() {
        let cli = parsed("waiide-init --port 9 --ServerApp.a=b --debug --port=1");
        let words = words(["--ServerApp.a=b", "--debug", "--port=1"]);
        assert_eq!(cli.action, Action::Run(Task::Singleuser(words)));
        assert_eq!(cli.flags["port"], "9");
        let task = Task::Singleuser(super::words(["--ServerApp.a=b"]));
        assert_eq!(run("waiide-init run --ServerApp.a=b"), task);
        assert_eq!(run("waiide-init run --port 9 --ServerApp.a=b"), task);
        for line in ["run x", "run -- x", "run jupyterhub-singleuser", "plan --ServerApp.a=b"] {
            assert!(
                parse(&super::words(format!("waiide-init {line}").split(' '))).is_err(),
                "{line}"
            );
        }
        for flag in ["--serverapp.a", "--a.b=c", "--ServerApp", "--Server=a.b"] {
            assert!(parse(&super::words(["waiide-init", flag])).is_err(), "{flag}");
        }
    }

    #[test]
    fn any_other_first_word_is_a_program() {
        assert_eq!(run("waiide-init bash -c x"), Task::Program(words(["bash", "-c", "x"])));
        assert_eq!(run("waiide-init -- run"), Task::Program(words(["run"])));
        let cli = parsed("waiide-init --home /h --uid=7 ls --home");
        assert_eq!(cli.action, Action::Run(Task::Program(words(["ls", "--home"]))));
        assert_eq!((cli.flags["home"].as_str(), cli.flags["uid"].as_str()), ("/h", "7"));
    }

    #[test]
    fn an_unknown_flag_is_an_error_with_exit_code_2() {
        let error = parse(&words(["waiide-init", "--prot", "1"])).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("--port"), "{error}");
    }

    #[test]
    fn doctor_looks_here_or_at_a_url() {
        let url = Some("https://h/".to_owned());
        let doctor = |line: &str| parsed(&format!("waiide-init doctor{line}")).action;
        assert_eq!(doctor(""), Action::Doctor { url: None, json: false });
        assert_eq!(doctor(" --json --url https://h/"), Action::Doctor { url, json: true });
    }

    #[test]
    fn a_secret_has_no_flag() {
        assert!(parse(&words(["waiide-init", "--token", "x"])).is_err());
    }

    #[test]
    fn the_help_names_every_setting() {
        let help = command().render_long_help().to_string();
        for setting in SETTINGS.iter().filter(|s| s.has_flag) {
            assert!(help.contains(&format!("--{}", setting.name)), "{}", setting.name);
            assert!(help.contains(setting.variables[0]), "{}", setting.variables[0]);
        }
    }
}
