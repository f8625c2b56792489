//! What is known of a service besides the machine's state.

use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use super::machine::{Id, Machine};
use super::output::Tap;
use super::status;
use crate::control::protocol::{Exit, ServiceStatus};
use crate::services::{OnEnd, Service};

/// A service, and what has happened to it.
#[derive(Debug)]
pub struct Supervised {
    /// How it is started.
    pub service: Service,
    /// When its present process was started, by the clock on the wall.
    pub started_at: Option<SystemTime>,
    /// The same by the clock that nobody sets.
    pub started: Option<Instant>,
    /// The number of the first line that the last process may have printed.
    pub first_line: u64,
    /// How its last process ended.
    pub last_exit: Option<Exit>,
    /// Why it is not ready.
    pub detail: Option<String>,
    /// What clients were told of it last, but for the time that passes.
    pub told: Option<ServiceStatus>,
    /// Where its present process's output comes out.
    pub taps: Vec<Rc<Tap>>,
}

impl Supervised {
    /// One that was not started yet.
    pub fn new(service: Service) -> Self {
        Supervised {
            service,
            started_at: None,
            started: None,
            first_line: 0,
            last_exit: None,
            detail: None,
            told: None,
            taps: Vec::new(),
        }
    }

    /// Whether the container ends with it.
    pub fn is_program(&self) -> bool {
        self.service.on_end == OnEnd::EndsAll
    }

    /// Takes note of a new process. `next_line` is the number that the log's next line gets.
    pub fn begin(&mut self, next_line: u64) {
        self.started_at = Some(SystemTime::now());
        self.started = Some(Instant::now());
        self.first_line = next_line;
        self.detail = None;
    }

    /// Takes note of the end of its process, or that there was none.
    pub fn end(&mut self, exit: Exit) {
        self.last_exit = Some(exit);
        self.started_at = None;
        self.started = None;
        self.detail = None;
    }

    /// For how long its present process has run.
    pub fn uptime(&self) -> Duration {
        self.started.map_or(Duration::ZERO, |at| at.elapsed())
    }

    /// The service as clients see it.
    pub fn status(&self, id: Id, machine: &Machine, waits_for: Option<&str>) -> ServiceStatus {
        let waiting = waits_for.map(|name| format!("waits for {name}, which is not ready"));
        ServiceStatus {
            name: self.service.name.clone(),
            state: machine.state(id),
            ready: machine.is_ready(id),
            pid: machine.pid(id),
            restarts: machine.restarts(id),
            started_at: self.started_at.map(status::moment),
            uptime_seconds: self.uptime().as_millis() as f64 / 1000.0,
            last_exit: self.last_exit.clone(),
            detail: waiting.or(self.detail.clone()),
            optional: self.service.is_optional,
        }
    }
}
