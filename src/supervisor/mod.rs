//! PID 1's lasting work: services are kept running, and ended well.
//!
//! How it hangs together: [`machine`] decides, and knows neither processes nor clocks. [`runner`]
//! turns what the kernel and clients say into the machine's events, and its actions into system
//! calls: `processes` starts and reaps, `requests` answers clients, `reports` tells. [`output`]
//! reads what services print into the journal, and [`server`] is the control socket. All of it runs on one thread, and only the runner changes state.

mod audience;
mod background;
mod diagnosis;
mod input;
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

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Context;
use nix::sys::signalfd::SignalFd;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc::{Sender, channel, unbounded_channel};
use tokio::task::LocalSet;

use crate::control::ownership::Ownership;
use crate::journal::Journal;
use crate::services::Service;
use crate::sys::signal;
use crate::sys::spawn::OwnProgram;
pub use background::Background;
use input::{Asked, Inputs, Signal};
pub use machine::Timeouts;
use runner::Runner;
use signals::Source;

/// How many signals are read before the first of them is dealt with; others wait in the kernel.
const SIGNALS_AHEAD: usize = 16;
/// The same for what clients ask; they wait with what they say next.
const REQUESTS_AHEAD: usize = 16;

/// What is to be supervised, and what the start hands over.
#[derive(Debug)]
pub struct Order {
    /// The services, in the order in which they are started.
    pub services: Vec<Service>,
    /// How long it may take until services have ended.
    pub timeouts: Timeouts,
    /// Where a service runs that may not enter its own directory.
    pub home: PathBuf,
    /// Where lines go.
    pub journal: Journal,
    /// This program, to be started as the gateway.
    pub own_program: OwnProgram,
    /// What was odd at the start, and what was put right, for clients.
    pub warnings: Vec<String>,
    /// How far the home's ownership had come at the start; none: it is left alone.
    pub ownership: Option<Ownership>,
    /// Who goes on with it.
    pub background: Option<Background>,
    /// Pipes that what start hooks left behind may still print to, with the hooks' names.
    pub leftovers: Vec<(Rc<str>, OwnedFd)>,
}

/// Supervises until everything has ended. Returns the exit code. Signals are read from now on: what
/// came since they were blocked is still in the descriptor. `control` is where the control socket is
/// to be; none: nowhere.
///
/// # Errors
/// The event loop or the control socket can't be had.
pub fn supervise(order: Order, blocked: SignalFd, control: Option<PathBuf>) -> anyhow::Result<i32> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let (told, signals) = channel(SIGNALS_AHEAD);
        let (asked, requests) = channel(REQUESTS_AHEAD);
        tokio::task::spawn_local(read_signals(signal::watched(blocked)?, told));
        if let Some(path) = control {
            open_control_socket(&path, asked)?;
        }
        let (heard, ownership) = unbounded_channel();
        let runner = Runner::new(order, heard)?;
        Ok(runner.run(Inputs { signals, requests, ownership }).await)
    })
}

/// Without the socket nobody can ask for the services, and the gateway can't tell who is ready.
fn open_control_socket(path: &Path, asked: Sender<Asked>) -> anyhow::Result<()> {
    let listener = server::listen(path).with_context(|| {
        format!(
            "{}: can't listen there; remove what stands in the way, or give another --run-dir \
             (WAIIDE_RUN_DIR)",
            path.display()
        )
    })?;
    tokio::task::spawn_local(server::serve(listener, asked));
    Ok(())
}

async fn read_signals(signals: AsyncFd<SignalFd>, told: Sender<Signal>) {
    loop {
        let Ok(mut ready) = signals.readable().await else {
            return;
        };
        while let Ok(Some(signal)) = signals.get_ref().read_signal() {
            let (number, source) = (signal.ssi_signo as i32, Source::of(&signal));
            if told.send(Signal { number, source }).await.is_err() {
                return;
            }
        }
        ready.clear_ready();
    }
}
