//! Server-sent events (WHATWG HTML §9.2): each change of a service's state, as it happens.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::HeaderValue;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use crate::control::protocol::ServiceStatus;
use crate::gateway::app::App;
use crate::gateway::control::mirror::Event;
use crate::gateway::respond::{self, Answer, Body};

/// How often a comment is sent where nothing happens, so that no proxy takes the connection for
/// dead and a client that is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many events may wait for a slow client.
const WAITING: usize = 16;
/// What comes first: how soon a browser should connect again (in ms).
const OPENING: &str = "retry: 1000\n\n";

/// `GET /api/events`: `service` with each of them first, so that nobody has to ask for what was
/// before, then with each that changes.
pub fn answer(app: &Arc<App>, head_only: bool) -> Answer {
    let mut answer = respond::typed(StatusCode::OK, "text/event-stream", "");
    // nginx would hold events back otherwise.
    answer.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    let (sender, receiver) = mpsc::channel(WAITING);
    if !head_only {
        tokio::spawn(tell(app.clone(), sender));
    }
    *answer.body_mut() = Body::Stream(receiver);
    answer
}

/// Tells one client everything until it is gone or the gateway is to end.
async fn tell(app: Arc<App>, client: mpsc::Sender<Bytes>) {
    let mut ending = app.ending.clone();
    tokio::select! {
        () = ending.come() => {}
        () = client.closed() => {}
        _ = tell_all(&app, &client) => {}
    }
}

async fn tell_all(app: &App, client: &mpsc::Sender<Bytes>) -> Option<()> {
    let mut events = app.mirror.events();
    client.send(Bytes::from_static(OPENING.as_bytes())).await.ok()?;
    let known = || all(&app.mirror.view().services());
    client.send(known()).await.ok()?;
    loop {
        let event = match tokio::time::timeout(HEARTBEAT, events.recv()).await {
            Err(_) => Bytes::from_static(b": still here\n\n"),
            Ok(Ok(event)) => encode(&event),
            Ok(Err(RecvError::Lagged(_))) => known(),
            Ok(Err(RecvError::Closed)) => return None,
        };
        client.send(event).await.ok()?;
    }
}

fn encode(event: &Event) -> Bytes {
    match event {
        Event::Snapshot(services) => all(services),
        Event::Changed(service) => one(service).into(),
    }
}

fn all(services: &[ServiceStatus]) -> Bytes {
    services.iter().map(one).collect::<String>().into()
}

/// JSON has no line ends outside of strings, and escapes them inside: one data line is enough.
fn one(service: &ServiceStatus) -> String {
    let data = serde_json::to_string(service).unwrap_or_default();
    format!("event: service\ndata: {data}\n\n")
}
