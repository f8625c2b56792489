//! The command line: which command, with which settings.
//!
//! What follows a singleuser name or a program belongs to that program, to the letter. So the
//! words are divided first, and only this program's own part is parsed.

mod command;
mod division;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::ArgMatches;

pub use self::command::command;
use self::division::{divide, meant, spelled_out};
use crate::control::protocol::Verb;
use crate::settings::table::SETTINGS;

/// The names by which z2jh and DockerSpawner ask for JupyterHub mode.
pub const SINGLEUSER_NAMES: [&str; 3] =
    ["jupyterhub-singleuser", "start-singleuser.sh", "start-singleuser.py"];

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cli {
    /// The settings that were given as flags, by name.
    pub flags: BTreeMap<&'static str, String>,
    /// What to do.
    pub action: Action,
    /// The command that the program's name may have been meant for; none: it is like none.
    pub meant: Option<&'static str>,
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
    /// Compress a VS Code server's files, for an image.
    Precompress {
        /// The server's folder.
        server: PathBuf,
        /// Where to write to.
        into: PathBuf,
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
        /// What to do.
        verb: Verb,
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
    let matches = command().try_get_matches_from(spelled_out(own))?;
    let mut flags = flags_of(&matches);
    let action = match matches.subcommand() {
        Some((name, sub)) => {
            flags.extend(flags_of(sub));
            foreign.map_or_else(|| action_of(name, sub), Action::Run)
        }
        None => Action::Run(foreign.unwrap_or(Task::Serve)),
    };
    let meant = match &action {
        Action::Run(task) => meant(args, task),
        _ => None,
    };
    Ok(Cli { flags, action, meant })
}

fn action_of(name: &str, matches: &ArgMatches) -> Action {
    let text = |id| matches.get_one::<String>(id).cloned();
    let path = |id| matches.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    let is_set = |id| matches.get_flag(id);
    match name {
        "plan" => Action::Plan { json: is_set("json") },
        "doctor" => Action::Doctor { url: text("url"), json: is_set("json") },
        "precompress" => Action::Precompress { server: path("server"), into: path("into") },
        "status" => Action::Client(ClientAction::Status { json: is_set("json") }),
        "logs" => Action::Client(ClientAction::Logs {
            service: text("service"),
            lines: matches.get_one::<usize>("lines").copied().unwrap_or(DEFAULT_LINES),
            follow: is_set("follow"),
        }),
        "healthcheck" => Action::Client(ClientAction::Healthcheck),
        "gateway" => Action::Gateway,
        "own-home" => Action::OwnHome,
        _ => Verb::of(name).map_or(Action::Run(Task::Serve), |verb| {
            let service = text("service").unwrap_or_default();
            Action::Client(ClientAction::Control { verb, service })
        }),
    }
}

const DEFAULT_LINES: usize = 100;

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
    fn a_word_that_is_like_a_command_may_have_been_meant_for_one() {
        for (line, meant) in [
            ("health", Some("healthcheck")),
            ("--port 9 docter --url x", Some("doctor")),
            ("statsu", Some("status")),
            ("-- statsu", None),
            ("bash", None),
            ("sh", None),
            ("ls", None),
            ("/bin/plan", None),
            ("python3 plan", None),
            ("jupyterhub-singleuser", None),
        ] {
            assert_eq!(parsed(&format!("waiide-init {line}")).meant, meant, "{line}");
        }
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
    fn a_switch_may_stand_alone() {
        let is_on = |line: &str| parsed(line).flags["permissive-identity"] == "on";
        for line in ["", " run", " plan --json", " bash -c x", " --port 9", " on plan"] {
            assert!(is_on(&format!("waiide-init --permissive-identity{line}")), "{line}");
        }
        assert!(is_on("waiide-init run --permissive-identity"));
        assert!(!is_on("waiide-init --permissive-identity off plan"));
        let task = run("waiide-init --permissive-identity bash --permissive-identity");
        assert_eq!(task, Task::Program(words(["bash", "--permissive-identity"])));
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
