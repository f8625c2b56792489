//! PID 1's lasting work: services are kept running, and ended well.
//!
//! How it hangs together: [`machine`] decides, and knows neither processes nor clocks. [`runner`]
//! turns what the kernel and clients say into the machine's events, and its actions into system
//! calls: `processes` starts and reaps, `requests` answers clients, `reports` tells. [`output`]
//! reads what services print, [`journal`] keeps the last of it and writes it out, and [`server`]
//! is the control socket. All of it runs on one thread, and only the runner changes state.

mod audience;
mod diagnosis;
pub mod ending;
mod input;
pub mod journal;
pub mod machine;
pub mod output;
pub mod panic;
mod processes;
mod reports;
mod requests;
pub mod restart;
pub mod runner;
pub mod server;
pub mod signals;
pub mod status;
mod supervised;

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Context;
use nix::sys::signalfd::SignalFd;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

use crate::plan::Plan;
use crate::provision::ownership::{self, Helper};
use crate::sys::signal;
use crate::sys::spawn::OwnProgram;
use input::Input;
use journal::Journal;
use runner::Runner;

/// Supervises until everything has ended. Returns the exit code.
///
/// `signals` is read from now on; what came since the signals were blocked is still in it.
/// `control` is where the control socket is to be; none: nowhere. `leftovers` are pipes that what
/// start hooks left behind may still print to, with the hooks' names.
///
/// # Errors
/// The event loop or the control socket can't be had.
pub fn supervise(
    plan: Plan,
    signals: SignalFd,
    journal: Journal,
    own_program: OwnProgram,
    helper: Option<Helper>,
    control: Option<PathBuf>,
    leftovers: Vec<(Rc<str>, OwnedFd)>,
) -> anyhow::Result<i32> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let (sender, inputs) = unbounded_channel();
        tokio::task::spawn_local(read_signals(signal::watched(signals)?, sender.clone()));
        if let Some(path) = control {
            open_control_socket(&path, &sender)?;
        }
        let Plan { services, stop_timeout, site, .. } = plan;
        let mut runner = Runner::new(services, stop_timeout, site.home.path, journal, own_program);
        if let Some(helper) = helper {
            tokio::task::spawn_local(tell_of_helper(helper.output.try_clone()?));
            runner.keep(Some(helper));
        }
        for (name, pipe) in leftovers {
            runner.read_output(&name, pipe)?;
        }
        Ok(runner.run(inputs).await)
    })
}

/// Without the socket nobody can ask for the services, and the gateway can't tell who is ready.
fn open_control_socket(path: &Path, sender: &UnboundedSender<Input>) -> anyhow::Result<()> {
    let listener = server::listen(path).with_context(|| {
        format!(
            "{}: can't listen there; remove what stands in the way, or give another --run-dir \
             (WAIIDE_RUN_DIR)",
            path.display()
        )
    })?;
    tokio::task::spawn_local(server::serve(listener, sender.clone()));
    Ok(())
}

async fn read_signals(signals: AsyncFd<SignalFd>, sender: UnboundedSender<Input>) {
    loop {
        let Ok(mut ready) = signals.readable().await else {
            return;
        };
        while let Ok(Some(signal)) = signals.get_ref().read_signal() {
            let _ = sender.send(Input::Signal(signal.ssi_signo as i32));
        }
        ready.clear_ready();
    }
}

/// Waits for what the helper says at its end.
async fn tell_of_helper(output: OwnedFd) {
    let told = async {
        let pipe = tokio::net::unix::pipe::Receiver::from_owned_fd(output)?;
        let mut text = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut { pipe }, &mut text).await?;
        serde_json::from_str::<ownership::Summary>(&text).map_err(io::Error::from)
    };
    match told.await {
        Ok(summary) => summary.tell(),
        // It says nothing when it was let go because of a stop.
        Err(error) => tracing::debug!("the home's files: the walk ended early: {error}"),
    }
}
