//! Between the machine and the world: events in, system calls out.

use std::io;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::Order;
use super::audience::Audience;
use super::background::Leash;
use super::diagnosis::Oom;
use super::input::{Asked, Inputs, Signal};
use super::machine::{Action, Event, Id, Machine, Traits};
use super::output::Tap;
use super::signals;
use super::supervised::Supervised;
use crate::control::ownership::Ownership;
use crate::ending::{self, Left};
use crate::journal::{Flushed, Journal};
use crate::services::{Readiness, Service};
use crate::sys::spawn::OwnProgram;
use crate::sys::wait;
use crate::sys::{memory, signal};

/// How long a slow reader of the log is left alone before the next try: at first, and at most.
const FLUSH_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How often it is looked at the most, during the stop, whether those who are nobody's child here
/// have ended.
const GUEST_PAUSE: Duration = Duration::from_millis(20);

/// How long after the start of the services there is little left to do.
const SETTLED: Duration = Duration::from_millis(1500);

/// PID 1 at work.
#[derive(Debug)]
pub struct Runner {
    pub(super) machine: Machine,
    pub(super) services: Vec<Supervised>,
    pub(super) journal: Journal,
    pub(super) audience: Audience,
    pub(super) own_program: OwnProgram,
    pub(super) home: PathBuf,
    pub(super) printed: Rc<Notify>,
    taps: Vec<Weak<Tap>>,
    sessions: Vec<Left>,
    /// What the kernel said of memory when it was last asked.
    pub(super) oom: Oom,
    began: Instant,
    /// How long slow readers are left alone next time.
    pause: Duration,
    /// When memory that the start needed is given back; none: it was.
    settles_at: Option<Duration>,
    /// When it is looked for guests again.
    looks_at: Instant,
    exit: Option<i32>,
    /// What was odd at the start, and what was put right.
    pub(super) warnings: Vec<String>,
    /// What is known of the home's ownership.
    pub(super) ownership: Option<Ownership>,
    /// What holds root's helper, until the stop begins.
    leash: Option<Leash>,
}

impl Runner {
    /// Puts it together; no service is started yet. `heard` is where the helper in the background
    /// says how it gets on.
    ///
    /// # Errors
    /// What epoll_ctl(2) said.
    pub fn new(order: Order, heard: UnboundedSender<Ownership>) -> io::Result<Self> {
        let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seed = seed.map_or(1, |time| time.as_nanos() as u64) | 1;
        let mut runner = Runner {
            machine: Machine::new(traits(&order.services), order.timeouts, seed),
            services: order.services.into_iter().map(Supervised::new).collect(),
            audience: Audience::default(),
            journal: order.journal,
            own_program: order.own_program,
            home: order.home,
            printed: Rc::new(Notify::new()),
            taps: Vec::new(),
            sessions: Vec::new(),
            oom: Oom::default(),
            began: Instant::now(),
            pause: FLUSH_PAUSE,
            settles_at: Some(SETTLED),
            looks_at: Instant::now(),
            exit: None,
            warnings: order.warnings,
            ownership: order.ownership,
            leash: order.background.map(|helper| helper.follow(heard)).transpose()?,
        };
        for (name, pipe) in order.leftovers {
            let tap = Tap::new(pipe, &name, false, &runner.journal, &runner.printed)?;
            runner.follow(&Rc::new(tap));
        }
        Ok(runner)
    }

    /// Follows a tap in a task of its own, and remembers it as long as it is open.
    pub(super) fn follow(&mut self, tap: &Rc<Tap>) {
        self.taps.retain(|tap| tap.strong_count() > 0);
        self.taps.push(Rc::downgrade(tap));
        tokio::task::spawn_local(Rc::clone(tap).follow());
    }

    /// Runs until everything has ended. Returns the exit code.
    pub async fn run(mut self, mut inputs: Inputs) -> i32 {
        self.handle(Event::Begin);
        // What ended before there was anybody to read its signal.
        self.reap();
        loop {
            self.notice_guests();
            if let Some(code) = self.exit {
                self.last_words().await;
                return code;
            }
            self.settle();
            let has_told_all = self.audience.tell_followers(&self.journal);
            let until = self.until_next(has_told_all);
            if until.is_some_and(|until| until.is_zero()) {
                self.handle(Event::Tick);
            }
            tokio::select! {
                Some(signal) = inputs.signals.recv() => self.signalled(&signal),
                Some(Asked { request, client }) = inputs.requests.recv() => {
                    self.asked(request, client);
                }
                Some(ownership) = inputs.ownership.recv() => self.walked(ownership),
                () = self.printed.notified() => {}
                () = sleep(until) => self.handle(Event::Tick),
            }
        }
    }

    /// Once, after the rush of the start.
    fn settle(&mut self) {
        if self.settles_at.is_some_and(|at| at <= self.began.elapsed()) {
            self.settles_at = None;
            memory::give_back();
        }
    }

    /// How long nothing has to be done; none: until something happens.
    fn until_next(&mut self, has_told_followers: bool) -> Option<Duration> {
        let deadline = self.machine.next_deadline().into_iter().chain(self.settles_at).min();
        let until = deadline.map(|at| at.saturating_sub(self.began.elapsed()));
        let look = self.looks_at.saturating_duration_since(Instant::now()).max(GUEST_PAUSE);
        let look = self.machine.has_told_all().then_some(look);
        let until = until.into_iter().chain(look).min();
        if self.journal.flush() == Flushed::All && has_told_followers {
            self.pause = FLUSH_PAUSE;
            return until;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        Some(until.unwrap_or(pause).min(pause))
    }

    fn signalled(&mut self, &Signal { number, source }: &Signal) {
        if number == libc::SIGCHLD {
            return self.reap();
        }
        let is_program = self.services.iter().any(Supervised::is_program);
        match signals::meaning(number, source, is_program, self.machine.is_stopping()) {
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
        for (id, each) in self.services.iter().enumerate() {
            // The gateway is a part of this program, and reads no signal but TERM.
            if let Some(pid) = self.machine.pid(id).filter(|_| !each.service.is_own_program()) {
                ending::forward(pid, number);
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
            Action::Spawn(id) if self.machine.is_to_be_spawned(id) => self.spawn(id),
            Action::Spawn(_) => {}
            Action::Signal(_, pid, number) => ending::signal_main(pid, number),
            Action::SignalSession(session, number) => self.signal_session(session, number),
            Action::Starved(id, need) => self.starved(id, need),
            Action::EndRest(told) => ending::end_rest(&told),
            Action::KillAll => ending::kill_all(),
            Action::Changed(id) => self.changed(id),
            Action::Crashed(id, verdict) => self.crashed(id, verdict),
            Action::Silent(id) => self.silent(id),
            Action::Deaf(id, length) => self.deaf(id, length),
            Action::Exit(code) => self.exit = Some(code),
        }
        if self.machine.is_stopping() && self.exit.is_none() {
            // Root's helper can't be signalled from here: it ends when this is closed.
            self.leash = None;
            self.notice_childless();
        }
    }

    /// What was started by others in the container, by `docker exec`, is nobody's child here, and
    /// ends without a word.
    fn notice_guests(&mut self) {
        let now = Instant::now();
        if !self.machine.has_told_all() || self.exit.is_some() || now < self.looks_at {
            return;
        }
        self.notice_childless();
        // To look through thousands of processes takes time that they need themselves.
        self.looks_at = Instant::now() + GUEST_PAUSE.max(now.elapsed() * 10);
    }

    pub(super) fn notice_childless(&mut self) {
        let is_over = self.machine.has_told_all() || !signal::is_init() && wait::is_childless();
        if is_over && ending::nobody_can_be_told() {
            self.handle(Event::Childless);
        }
    }

    /// Ends what a main process has left in its session.
    fn signal_session(&mut self, session: i32, number: i32) {
        self.sessions.retain(|left| left.session != session || number == libc::SIGKILL);
        match number {
            libc::SIGKILL => {
                self.sessions.iter().filter(|left| left.session == session).for_each(Left::kill);
                self.sessions.retain(|left| left.session != session);
            }
            _ => match Left::tell(session, number) {
                Some(left) => self.sessions.push(left),
                None => self.handle(Event::SessionEmpty(session)),
            },
        }
    }

    pub(super) fn at(&self, id: Id) -> Option<&Supervised> {
        self.services.get(id)
    }

    pub(super) fn name(&self, id: Id) -> &str {
        self.at(id).map_or("", |each| each.service.name.as_str())
    }

    /// Writes all out as far as somebody reads it.
    async fn last_words(&self) {
        // What was printed last, by those too that services and hooks left behind.
        self.taps.iter().filter_map(Weak::upgrade).for_each(|tap| tap.drain());
        for _ in 0..10 {
            if self.journal.flush() == Flushed::All {
                return;
            }
            tokio::time::sleep(FLUSH_PAUSE).await;
        }
    }
}

/// What the machine has to know of services.
fn traits(services: &[Service]) -> Vec<Traits> {
    let place = |name: &String| services.iter().position(|service| service.name == *name);
    let traits = |service: &Service| Traits {
        wave: service.wave,
        is_waited_for: service.is_waited_for,
        stop_signal: service.stop_signal,
        is_probed: service.readiness != Readiness::Runs,
        gives_signs: service.readiness == Readiness::Tells,
        prober: match service.readiness {
            Readiness::Answers(_) => services.iter().position(|each| each.is_own_program()),
            _ => None,
        },
        patience: service.patience,
        on_end: service.on_end,
        needs: service.needs.iter().filter_map(place).collect(),
        is_optional: service.is_optional,
    };
    services.iter().map(traits).collect()
}

async fn sleep(length: Option<Duration>) {
    match length {
        Some(length) => tokio::time::sleep(length).await,
        None => std::future::pending().await,
    }
}
