//! The steps, in order.

use std::io::Write;
use std::process::ExitCode;

use waiide_init::cli::{self, Action};
use waiide_init::environment::Variables;
use waiide_init::provision::ownership::helper;
use waiide_init::sys::{signal, spawn};
use waiide_init::{commands, gateway, logging, start};

fn main() -> ExitCode {
    // PID 1 loses every signal that comes before they are blocked; its own are by now.
    let _ = signal::block_all();
    spawn::keep_from_children();
    let code = match run() {
        Ok(code) => code,
        Err(failure) => {
            // In one piece: an engine mixes the two outputs as they come. Nobody may be reading:
            // that changes nothing about the exit code.
            let message = format!("waiide-init: {:#}\n", failure.error);
            let _ = std::io::stderr().write_all(message.as_bytes());
            failure.code
        }
    };
    ExitCode::from(code as u8)
}

fn run() -> Result<i32, start::Failure> {
    let args = cli::words(std::env::args_os());
    let variables = Variables(std::env::vars_os().collect());
    let cli = match cli::parse(&args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return Ok(error.exit_code());
        }
    };
    match cli.action {
        Action::Run(task) => {
            start::refuse_mistyped(cli.meant, &task, &variables)?;
            start::run(&cli.flags, &task, variables)
        }
        Action::Plan { json } => {
            let _ = signal::unblock_all();
            start::show_plan(&cli.flags, variables, json)
        }
        Action::Doctor { url, json } => {
            let _ = signal::unblock_all();
            match url {
                Some(url) => start::examine_url(&url, &variables, json),
                None => start::examine(&cli.flags, variables, json),
            }
        }
        Action::Precompress { server, into } => child(|| {
            let made = gateway::precompress::run(&server, &into)?;
            writeln!(std::io::stdout(), "{made}, in {}", into.display())?;
            Ok(0)
        }),
        Action::Client(action) => {
            child(|| commands::run(&action, &cli.flags, &variables, start::run_dir_of_init))
        }
        Action::Gateway => child(|| {
            spawn::set_name(c"waiide-gateway");
            logging::to_stderr();
            gateway::run(std::io::stdin()).map(|()| 0)
        }),
        Action::OwnHome => child(|| {
            spawn::set_name(c"waiide-own-home");
            helper::run().map(|()| 0)
        }),
    }
}

/// Anything but PID 1's own work leaves signals to their defaults.
fn child(work: impl FnOnce() -> anyhow::Result<i32>) -> Result<i32, start::Failure> {
    let _ = signal::unblock_all();
    work().map_err(|error| start::Failure { error, code: 1 })
}
