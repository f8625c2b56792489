//! Readiness: the gateway asks each service, and tells PID 1 what it heard.
//!
//! While a service is not ready it is asked often, so that a person waits no longer than they must;
//! once it is, now and then. One lost answer does not count, three in a row do.

mod http_get;
mod owner;
mod rhythm;
mod tls;

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch::Receiver;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use self::rhythm::{Heard, Rhythm};
use super::app::App;
use super::config::{Ask, Probe};
use super::control::view::View;
use crate::control::protocol::{Request, State};

/// How long a probe may take as a whole.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a probe failed.
struct Trouble {
    reason: String,
    /// Whether a person should hear of it before the service was ever ready. That it does not
    /// listen yet is what `starting` means, and goes without saying.
    notable: bool,
}

/// What PID 1 was told last about a process.
type Told = (i32, bool, Option<String>);

/// Probes one service for ever.
pub async fn watch(app: Arc<App>, probe: Probe) {
    let mut rhythm = Rhythm::default();
    let mut told = None;
    let mut changes = app.mirror.watch();
    while let Some((pid, ready)) = next_process(&mut changes, &probe.service).await {
        rhythm.about(pid, ready);
        let found = ask(&probe, pid).await;
        rhythm.heard(heard(&found));
        let word = (pid, rhythm.is_ready());
        report(&app, &probe.service, word, found.err(), &mut told).await;
        tokio::select! {
            () = tokio::time::sleep(rhythm.pause()) => {}
            () = app.doubt.notified() => {}
            () = until_news(&mut changes, &probe.service, word) => {}
        }
    }
}

fn heard(found: &Result<(), Trouble>) -> Heard {
    match found {
        Ok(()) => Heard::Well,
        Err(trouble) if trouble.notable => Heard::Badly,
        Err(_) => Heard::Nobody,
    }
}

/// Waits until the service has a process; its id, and whether PID 1 takes it for ready.
async fn next_process(changes: &mut Receiver<View>, service: &str) -> Option<(i32, bool)> {
    let process = |view: &View| {
        let alive = view.service(service).filter(|status| is_alive(status.state))?;
        Some((alive.pid?, alive.ready))
    };
    let view = changes.wait_for(|view| process(view).is_some()).await.ok()?;
    process(&view)
}

fn is_alive(state: State) -> bool {
    matches!(state, State::Starting | State::Running)
}

/// Waits until the service's main process is another one, or none, or until PID 1, which has taken
/// our word, thinks otherwise: it learns by itself that a process was stopped.
async fn until_news(changes: &mut Receiver<View>, service: &str, (pid, ready): (i32, bool)) {
    let seen = |view: &View| view.service(service).map(|status| (status.pid, status.ready));
    let is_another = |view: &View| seen(view).is_none_or(|(seen, _)| seen != Some(pid));
    let is_taken = |view: &View| seen(view) == Some((Some(pid), ready));
    let _ = changes.wait_for(|view| is_another(view) || is_taken(view)).await;
    let _ = changes.wait_for(|view| !is_taken(view)).await;
}

/// One probe. Whose the listener is matters more than what it answers, where there is one.
async fn ask(probe: &Probe, pid: i32) -> Result<(), Trouble> {
    match &probe.ask {
        Ask::Http { address, path, expect } => {
            let asked = timeout(PATIENCE, http_get::status(*address, path)).await;
            belongs(*address, pid, &asked)?;
            let status = answered(asked, address)?;
            judge(status, *expect, || format!("{address} answered {status} to GET {path}"))
        }
        Ask::Https { address, path, expect, certificate } => {
            let asked = Ok(tls_ask(*address, path.clone(), certificate.clone()).await);
            belongs(*address, pid, &asked)?;
            match answered(asked, address)? {
                tls::Answer::Refusal => Ok(()),
                tls::Answer::Status(status) => {
                    judge(status, *expect, || format!("{address} answered {status} to GET {path}"))
                }
            }
        }
        Ask::Tcp(address) => {
            let asked = timeout(PATIENCE, TcpStream::connect(address)).await;
            belongs(*address, pid, &asked)?;
            answered(asked, address).map(drop)
        }
        Ask::Unix(path) => {
            let asked = timeout(PATIENCE, UnixStream::connect(path)).await;
            answered(asked, &path.display()).map(drop)
        }
    }
}

async fn tls_ask(
    address: SocketAddr,
    path: String,
    certificate: PathBuf,
) -> io::Result<tls::Answer> {
    let asked = move || tls::ask(address, &path, &certificate, PATIENCE);
    tokio::task::spawn_blocking(asked).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Refused means that nobody listens. To look who does takes milliseconds of the kernel's time, as
/// its table of connections is the whole machine's, and a service that starts is asked often.
fn belongs<T>(
    address: SocketAddr,
    pid: i32,
    asked: &Result<io::Result<T>, Elapsed>,
) -> Result<(), Trouble> {
    if matches!(asked, Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused) {
        return Ok(());
    }
    match owner::foreign(address, pid) {
        Some(foreign) => Err(Trouble { reason: foreign.to_string(), notable: true }),
        None => Ok(()),
    }
}

fn answered<T>(
    asked: Result<io::Result<T>, Elapsed>,
    address: &impl Display,
) -> Result<T, Trouble> {
    match asked {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Trouble {
            reason: format!("{address} does not answer: {error}"),
            notable: !matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound
            ),
        }),
        Err(_) => {
            let seconds = PATIENCE.as_secs();
            let reason = format!("{address} did not answer within {seconds} s");
            Err(Trouble { reason, notable: true })
        }
    }
}

fn judge(
    status: u16,
    (least, below): (u16, u16),
    reason: impl Fn() -> String,
) -> Result<(), Trouble> {
    match (least..below).contains(&status) {
        true => Ok(()),
        false => Err(Trouble { reason: reason(), notable: true }),
    }
}

/// Tells PID 1 what it does not know yet about this same process.
async fn report(
    app: &App,
    service: &str,
    (pid, ready): (i32, bool),
    trouble: Option<Trouble>,
    told: &mut Option<Told>,
) {
    let known = app.mirror.view().service(service);
    let Some(known) = known.filter(|status| status.pid == Some(pid)) else {
        return;
    };
    let changed = known.ready != ready;
    let trouble = trouble.filter(|trouble| !ready && (changed || trouble.notable));
    let reason = trouble.map(|trouble| trouble.reason);
    let word = Some((pid, ready, reason.clone()));
    if !changed && (reason.is_none() || *told == word) {
        return;
    }
    if tell(app, service, (pid, ready), reason).await {
        *told = word;
    }
}

/// Returns whether PID 1 has heard it.
async fn tell(app: &App, service: &str, (pid, ready): (i32, bool), reason: Option<String>) -> bool {
    let request = Request::Report { service: service.to_owned(), pid, ready, reason };
    let told = app.control.ask(&request).await;
    if let Err(error) = &told {
        tracing::debug!(%error, service, "a word did not reach PID 1");
    }
    told.is_ok()
}
