//! The gateway's life: it listens, serves, probes, and ends when it is told to.

use std::sync::Arc;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::app::App;
use super::config::Config;
use super::connection;
use super::ending;
use super::listener::{Accepted, Listener};
use super::places::{Place, Places};
use super::probe;
use super::upstream::Upstream;
use crate::sys::{limits, memory};

/// Serves until SIGTERM.
pub async fn serve(mut config: Config) -> anyhow::Result<()> {
    let mut term = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let listener = Listener::bind(&config.listen).await?;
    config.own_ports.extend(listener.port());
    let places = Places::within(limits::raise_open_files().context("the limit of open files")?);
    let drain = config.timeouts.drain();
    let (end, ending) = ending::channel();
    let app = Arc::new(App::new(&config, ending)?);
    tracing::info!(base_path = app.base_path.as_str(), "listening on {}", listener.place());
    let mut watching = start_watching(&app, config);
    accept_until(&mut term, &listener, &app, places).await;
    tracing::info!("ending");
    drop(listener);
    watching.shutdown().await;
    drop(app);
    let _ = timeout(drain, end.say()).await;
    Ok(())
}

fn start_watching(app: &Arc<App>, config: Config) -> JoinSet<()> {
    let mut watching = JoinSet::new();
    let mirrored = app.clone();
    watching.spawn(async move { mirrored.mirror.follow(&mirrored.control).await });
    watching.spawn(tidy_up(app.upstream.clone()));
    for probe in config.probes {
        watching.spawn(probe::watch(app.clone(), probe));
    }
    watching
}

/// Whenever nobody asks the IDE for anything. What was freed lies in the heap between what is in
/// use, which a burst of large answers spreads far.
async fn tidy_up(upstream: Arc<Upstream>) {
    loop {
        upstream.rest().await;
        memory::trim_heap();
    }
}

async fn accept_until(term: &mut Signal, listener: &Listener, app: &Arc<App>, mut places: Places) {
    loop {
        tokio::select! {
            _ = term.recv() => return,
            (place, accepted) = next(&mut places, listener) => {
                tokio::spawn(connection::serve(app.clone(), accepted, place));
            }
        }
    }
}

async fn next(places: &mut Places, listener: &Listener) -> (Option<Place>, Accepted) {
    (places.next().await, listener.accept().await)
}
