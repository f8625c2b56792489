//! The command line as clap knows it, for parsing and for the help.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};

use crate::gateway::precompress;
use crate::settings::table::{DefaultValue, SETTINGS, Setting};

/// All of it.
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
            precompress_command(),
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

Exit codes: 0 stopped on request, or the user shut the server down; 1 a service failed for good;
2 unusable arguments, settings or environment, nothing was changed; 3 the home could not be
provisioned, or a start hook failed; otherwise PROGRAM's own.

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

fn precompress_command() -> Command {
    let server = Arg::new("server")
        .value_name("SERVER")
        .required(true)
        .value_parser(clap::value_parser!(PathBuf))
        .help("The folder of the VS Code server, the one with product.json in it");
    let into = Arg::new("into")
        .value_name("FOLDER")
        .default_value(precompress::FOLDER)
        .value_parser(clap::value_parser!(PathBuf))
        .help("Where to write to; the gateway looks in the default");
    Command::new("precompress")
        .about("Compress what browsers load of a VS Code server; for a step of an image's build")
        .args([server, into])
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
