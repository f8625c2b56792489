//! PID 1's side of the control socket, with states that a test sets.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use waiide_init::control::protocol::{
    ErrorBody, GATEWAY, LogLine, Reply, Request, ServiceStatus, State,
};

/// A control socket.
pub struct Control {
    directory: TempDir,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    services: Vec<ServiceStatus>,
    subscribers: Vec<UnixStream>,
    requests: Vec<Request>,
}

/// A service of this test's own process.
pub fn service(name: &str, state: State, ready: bool) -> ServiceStatus {
    let alive = matches!(state, State::Starting | State::Running);
    ServiceStatus {
        name: name.into(),
        state,
        ready,
        pid: alive.then(|| i32::try_from(std::process::id()).unwrap()),
        restarts: 0,
        started_at: alive.then(|| "2026-01-01T00:00:00Z".into()),
        uptime_seconds: if alive { 1.5 } else { 0.0 },
        last_exit: None,
        detail: None,
        optional: false,
    }
}

impl Control {
    /// One with a single service `ide`.
    pub fn start(state: State, ready: bool) -> Control {
        Control::with(vec![service("ide", state, ready)])
    }

    /// One whose IDE is ready.
    pub fn ready() -> Control {
        Control::start(State::Running, true)
    }

    /// One with these services.
    pub fn with(services: Vec<ServiceStatus>) -> Control {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("control.sock")).unwrap();
        let shared = Arc::new(Mutex::new(Shared { services, ..Shared::default() }));
        let served = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let served = served.clone();
                std::thread::spawn(move || serve(&served, stream));
            }
        });
        Control { directory, shared }
    }

    /// The socket.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("control.sock")
    }

    /// Changes a service and tells the subscribers.
    pub fn set(&self, status: ServiceStatus) {
        self.shared.lock().unwrap().set(status);
    }

    /// Hangs up on the subscribers.
    pub fn hang_up(&self) {
        for stream in self.shared.lock().unwrap().subscribers.drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Every request but the subscriptions and the gateway's own signs of life.
    pub fn requests(&self) -> Vec<Request> {
        let is_sign =
            |each: &&Request| matches!(each, Request::Report { service, .. } if service == GATEWAY);
        let requests = &self.shared.lock().unwrap().requests;
        requests.iter().filter(|each| !is_sign(each)).cloned().collect()
    }

    /// What was reported about a service: whether it is ready, and why not.
    pub fn reports(&self, name: &str) -> Vec<(bool, Option<String>)> {
        let of = |request| match request {
            Request::Report { service, ready, reason, .. } if service == name => {
                Some((ready, reason))
            }
            _ => None,
        };
        self.shared.lock().unwrap().requests.iter().cloned().filter_map(of).collect()
    }
}

impl Shared {
    fn subscribe(&mut self, mut stream: UnixStream) {
        if say(&mut stream, &Reply::Services(self.services.clone())).is_ok() {
            self.subscribers.push(stream);
        }
    }

    fn set(&mut self, status: ServiceStatus) {
        match self.services.iter_mut().find(|known| known.name == status.name) {
            Some(known) => *known = status.clone(),
            None => self.services.push(status.clone()),
        }
        self.subscribers.retain_mut(|stream| say(stream, &Reply::Changed(status.clone())).is_ok());
    }

    fn answer(&mut self, request: &Request) -> Reply {
        self.requests.push(request.clone());
        let name = match request {
            Request::Services | Request::Subscribe => {
                return Reply::Services(self.services.clone());
            }
            Request::Ownership => return Reply::Ownership(None),
            Request::Warnings => return Reply::Warnings(Vec::new()),
            Request::Logs { service, .. } => service.clone().unwrap_or_default(),
            Request::Control { service, .. } | Request::Report { service, .. } => service.clone(),
            #[cfg(debug_assertions)]
            Request::Panic => String::new(),
        };
        let Some(mut status) = self.services.iter().find(|s| s.name == name).cloned() else {
            let message = format!("there is no service {name}");
            return Reply::Error(ErrorBody { code: "not_found".into(), message });
        };
        match request {
            Request::Logs { lines, .. } => return Reply::Lines(lines_of(&name, *lines)),
            Request::Report { ready, reason, pid, .. } if status.pid == Some(*pid) => {
                status.ready = *ready;
                status.detail = reason.clone();
                status.state = if *ready { State::Running } else { status.state };
                self.set(status.clone());
            }
            _ => {}
        }
        Reply::Done(Some(status))
    }
}

fn lines_of(name: &str, count: usize) -> Vec<LogLine> {
    let line = |seq: usize| LogLine {
        seq: seq as u64,
        at: "2026-01-01T00:00:00Z".into(),
        service: name.into(),
        text: format!("line {seq} <of> {name}"),
    };
    (1..=3).map(line).skip(3usize.saturating_sub(count)).collect()
}

fn say(stream: &mut UnixStream, reply: &Reply) -> std::io::Result<()> {
    stream.write_all(format!("{}\n", serde_json::to_string(reply).unwrap()).as_bytes())
}

fn serve(shared: &Mutex<Shared>, mut stream: UnixStream) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let mut requests = lines.map_while(|line| serde_json::from_str::<Request>(&line).ok());
    match requests.next() {
        Some(Request::Subscribe) => {
            shared.lock().unwrap().subscribe(stream);
            requests.for_each(|request| drop(shared.lock().unwrap().answer(&request)));
        }
        Some(request) => {
            let reply = shared.lock().unwrap().answer(&request);
            let _ = say(&mut stream, &reply);
        }
        None => {}
    }
}
