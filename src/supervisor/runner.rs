//! Between the machine and the world: events in, system calls out.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;

use super::audience::Audience;
use super::input::Input;
use super::journal::{Flushed, Journal};
use super::machine::{Action, Event, Id, Machine, Traits};
use super::restart::Verdict;
use super::{ending, output, signals, status};
use crate::control::protocol::{Exit, Reply, ServiceStatus};
use crate::provision::ownership::Helper;
use crate::services::{Input as Stdin, OnEnd, Service};
use crate::sys::signal;
use crate::sys::spawn::{OwnProgram, Place, Spawn, spawn};
use crate::sys::wait::{self, Ending, Waiting};
use crate::sys::{paths, pipe};

/// How long a slow reader of the log is left alone before the next try.
const FLUSH_PAUSE: Duration = Duration::from_millis(20);

/// What is known of a service besides the machine's state.
#[derive(Debug, Default)]
pub(super) struct Facts {
    started_at: Option<SystemTime>,
    pub(super) started: Option<Instant>,
    last_exit: Option<Exit>,
    pub(super) detail: Option<String>,
}

/// PID 1 at work.
#[derive(Debug)]
pub struct Runner {
    pub(super) machine: Machine,
    pub(super) services: Vec<Service>,
    pub(super) facts: Vec<Facts>,
    pub(super) journal: Journal,
    pub(super) audience: Audience,
    own_program: OwnProgram,
    home: PathBuf,
    printed: Rc<Notify>,
    began: Instant,
    exit: Option<i32>,
    gave_up: Option<Id>,
    helper: Option<Helper>,
}

impl Runner {
    /// Puts it together; nothing is started yet.
    pub fn new(
        services: Vec<Service>,
        stop_timeout: Duration,
        home: PathBuf,
        journal: Journal,
        own_program: OwnProgram,
    ) -> Self {
        let traits = services.iter().map(|service| Traits {
            is_front: service.is_front,
            is_probed: service.is_probed,
            on_end: service.on_end,
        });
        let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seed = seed.map_or(1, |time| time.as_nanos() as u64) | 1;
        Runner {
            machine: Machine::new(traits, stop_timeout, seed),
            facts: services.iter().map(|_| Facts::default()).collect(),
            audience: Audience::default(),
            services,
            journal,
            own_program,
            home,
            printed: Rc::new(Notify::new()),
            began: Instant::now(),
            exit: None,
            gave_up: None,
            helper: None,
        }
    }

    /// Keeps the helper that goes on with the home's ownership until the stop begins.
    pub fn keep(&mut self, helper: Option<Helper>) {
        self.helper = helper;
    }

    /// Runs until everything has ended. Returns the exit code.
    pub async fn run(mut self, mut inputs: UnboundedReceiver<Input>) -> i32 {
        self.handle(Event::Begin);
        loop {
            // Children that ended before the signal could be read are found here, too.
            if let Some(code) = self.exit {
                self.last_words().await;
                return code;
            }
            let until = self.until_next();
            if until.is_some_and(|until| until.is_zero()) {
                self.handle(Event::Tick);
            }
            tokio::select! {
                biased;
                input = inputs.recv() => if let Some(input) = input { self.take(input) },
                () = self.printed.notified() => self.audience.tell_followers(&self.journal),
                () = sleep(until) => self.handle(Event::Tick),
            }
        }
    }

    /// How long nothing has to be done; none: until something happens.
    fn until_next(&self) -> Option<Duration> {
        let deadline = self.machine.next_deadline();
        let until = deadline.map(|at| at.saturating_sub(self.began.elapsed()));
        match self.journal.flush() {
            Flushed::All => until,
            Flushed::Behind => Some(until.unwrap_or(FLUSH_PAUSE).min(FLUSH_PAUSE)),
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Signal(libc::SIGCHLD) => self.reap(),
            Input::Signal(number) => self.signalled(number),
            Input::Asked(request, client) => self.asked(request, client),
        }
    }

    fn signalled(&mut self, number: i32) {
        let is_program = self.services.iter().any(|service| service.on_end == OnEnd::EndsAll);
        match signals::meaning(number, is_program, self.machine.is_stopping()) {
            signals::Meaning::Stop => {
                tracing::info!("{}: stopping", signal::name(number));
                self.handle(Event::Stop(0));
            }
            signals::Meaning::Kill => {
                tracing::warn!("{} again: killing what is left", signal::name(number));
                self.handle(Event::Kill);
            }
            signals::Meaning::Forward => self.forward(number),
            signals::Meaning::Ignore => {}
        }
    }

    fn forward(&self, number: i32) {
        for (id, service) in self.services.iter().enumerate() {
            // The gateway is a part of this program, and reads no signal but TERM.
            if let Some(pid) = self.machine.pid(id).filter(|_| !service.is_own_program) {
                ending::signal_main(pid, number);
            }
        }
    }

    /// Lets the machine decide, and does what it says.
    pub(super) fn handle(&mut self, event: Event) {
        for action in self.machine.step(event, self.began.elapsed()) {
            self.perform(action);
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Spawn(id) => self.spawn(id),
            Action::Signal(_, pid, number) => ending::signal_main(pid, number),
            Action::SignalSession(session, number) => ending::signal_session(session, number),
            Action::EndRest(told) => ending::end_rest(&told),
            Action::KillAll => ending::kill_all(),
            Action::Changed(id) => self.changed(id),
            Action::Crashed(id, verdict) => self.crashed(id, verdict),
            Action::Exit(code) => self.exit = Some(code),
        }
        if self.machine.is_stopping() && self.exit.is_none() {
            // Root's helper can't be signalled from here: it ends when this is closed.
            self.helper = None;
            self.notice_childless();
        }
    }

    fn notice_childless(&mut self) {
        if matches!(wait::peek(), Ok(Waiting::Childless)) {
            self.handle(Event::Childless);
        }
    }

    fn spawn(&mut self, id: Id) {
        match self.start_process(id) {
            Ok(pid) => {
                if let Some(facts) = self.facts.get_mut(id) {
                    facts.started_at = Some(SystemTime::now());
                    facts.started = Some(Instant::now());
                    facts.detail = None;
                }
                self.handle(Event::Spawned(id, pid));
            }
            Err(error) => self.not_spawned(id, &error),
        }
    }

    fn start_process(&self, id: Id) -> std::io::Result<i32> {
        let Some(service) = self.services.get(id) else {
            return Err(std::io::ErrorKind::NotFound.into());
        };
        let is_program = matches!(service.input, Stdin::Inherited);
        let pipes = match is_program {
            true => None,
            false => Some((pipe::for_output()?, pipe::for_output()?)),
        };
        let (read, write) = match pipes {
            Some(((out, out_end), (err, err_end))) => (vec![out, err], Some((out_end, err_end))),
            None => (Vec::new(), None),
        };
        let pid = spawn(Spawn {
            program: match service.is_own_program {
                true => self.own_program.path(),
                false => find_program(service)?,
            },
            argv: service.argv.clone(),
            env: service.env.clone().into_iter().collect(),
            directory: usable_directory(&service.directory, &self.home),
            stdin: match &service.input {
                Stdin::Gateway(config) => Some(pipe::holding(&serde_json::to_vec(config)?)?.0),
                _ => None,
            },
            output: write,
            place: if is_program { Place::Foreground } else { Place::OwnSession },
        })?;
        for pipe in read {
            self.read_output(service.name.into(), pipe);
        }
        tracing::debug!("{}: started as process {pid}", service.name);
        Ok(pid)
    }

    /// Passes on what is printed to a pipe from now on.
    pub fn read_output(&self, name: Rc<str>, pipe: OwnedFd) {
        let (journal, told) = (self.journal.clone(), Rc::clone(&self.printed));
        tokio::task::spawn_local(output::read(pipe, name, journal, told));
    }

    fn not_spawned(&mut self, id: Id, error: &std::io::Error) {
        let Some(service) = self.services.get(id) else {
            return;
        };
        let program = service.argv.first().map(|word| word.to_string_lossy().into_owned());
        let message = status::spawn_failure(&program.unwrap_or_default(), error);
        tracing::error!("{}: {message}", service.name);
        let ends_all = service.on_end == OnEnd::EndsAll;
        if let Some(facts) = self.facts.get_mut(id) {
            let at = status::moment(SystemTime::now());
            facts.last_exit = Some(Exit { code: None, signal: None, message, at });
        }
        self.handle(Event::NotSpawned(id));
        if ends_all {
            self.handle(Event::Stop(status::spawn_exit_code(error)));
        }
    }

    /// Takes every ended child away, and tells the machine of main processes.
    fn reap(&mut self) {
        while let Ok(Waiting::Ended(pid, ending)) = wait::peek() {
            wait::reap(pid);
            let id = (0..self.services.len()).find(|id| self.machine.pid(*id) == Some(pid));
            if let Some(id) = id {
                self.ended(id, pid, ending);
            }
        }
        if self.machine.is_stopping() {
            self.notice_childless();
        }
    }

    fn ended(&mut self, id: Id, pid: i32, ending: Ending) {
        if let Some(facts) = self.facts.get_mut(id) {
            facts.last_exit = Some(status::exit(ending, SystemTime::now()));
            facts.started_at = None;
            facts.started = None;
        }
        self.handle(Event::Ended(id, pid, ending));
    }

    fn crashed(&mut self, id: Id, verdict: Verdict) {
        let Some(facts) = self.facts.get(id) else {
            return;
        };
        let how = facts.last_exit.as_ref().map_or("", |exit| exit.message.as_str());
        let name = self.services.get(id).map_or("", |service| service.name);
        match verdict {
            Verdict::After(delay) if delay.is_zero() => {
                tracing::warn!("{name} {how}: starting it again");
            }
            Verdict::After(delay) => {
                tracing::warn!("{name} {how}: starting it again in {}", status::length(delay));
            }
            Verdict::GiveUp => self.gave_up = Some(id),
        }
    }

    fn changed(&mut self, id: Id) {
        if let Some(status) = self.status(id) {
            tracing::debug!("{} is {}", status.name, status.state.as_str());
            self.audience.tell_subscribers(&Reply::Changed(status));
        }
    }

    /// A service as clients see it.
    pub(super) fn status(&self, id: Id) -> Option<ServiceStatus> {
        let (service, facts) = (self.services.get(id)?, self.facts.get(id)?);
        Some(ServiceStatus {
            name: service.name.to_owned(),
            state: self.machine.state(id),
            ready: self.machine.is_ready(id),
            pid: self.machine.pid(id),
            restarts: self.machine.restarts(id),
            started_at: facts.started_at.map(status::moment),
            uptime_seconds: facts
                .started
                .map_or(0.0, |at| at.elapsed().as_millis() as f64 / 1000.0),
            last_exit: facts.last_exit.clone(),
            detail: facts.detail.clone(),
        })
    }

    /// Lets the last lines in, tells why it ends if a service was given up, and writes all out as
    /// far as somebody reads it.
    async fn last_words(&self) {
        tokio::time::sleep(Duration::from_millis(2)).await;
        if let Some(service) = self.gave_up.and_then(|id| self.services.get(id)) {
            ending::report_failure(service.name, &self.journal);
        }
        for _ in 0..10 {
            if self.journal.flush() == Flushed::All {
                return;
            }
            tokio::time::sleep(FLUSH_PAUSE).await;
        }
    }
}

/// The directory itself, or the home, or the root: a service is better started elsewhere than not
/// at all.
fn usable_directory(wanted: &Path, home: &Path) -> PathBuf {
    let candidates = [wanted, home];
    candidates.into_iter().find(|dir| paths::may_enter(dir)).unwrap_or(Path::new("/")).to_path_buf()
}

/// The file that a service's first word stands for.
fn find_program(service: &Service) -> std::io::Result<PathBuf> {
    let path = service.env.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    paths::find(service.argv.first().map(OsString::as_os_str).unwrap_or_default(), &path)
}

async fn sleep(length: Option<Duration>) {
    match length {
        Some(length) => tokio::time::sleep(length).await,
        None => std::future::pending().await,
    }
}
