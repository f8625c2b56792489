//! A copy of the services' state, kept up to date by a subscription.

use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep};

use super::{Control, ControlError, signs};
use crate::control::ownership::Ownership;
use crate::control::protocol::{Reply, Request, ServiceStatus};

/// How many changes a slow reader of events may lag behind before it gets a snapshot instead.
const EVENTS_KEPT: usize = 256;
/// The pause before the first attempt to connect again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// What is known of the services.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Whether PID 1 is being heard. If not, `services` is what was heard last.
    pub connected: bool,
    services: Vec<Seen>,
    /// How the walk that gives the home's files to the user gets on; none: there is none.
    pub ownership: Option<Ownership>,
    /// What was odd at the start, and what was put right.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone)]
struct Seen {
    status: ServiceStatus,
    at: Instant,
}

impl Seen {
    fn new(status: ServiceStatus) -> Seen {
        Seen { status, at: Instant::now() }
    }

    /// The status as it is at this moment: uptime goes on between two messages.
    fn now(&self) -> ServiceStatus {
        let mut status = self.status.clone();
        if status.pid.is_some() {
            let uptime = status.uptime_seconds + self.at.elapsed().as_secs_f64();
            status.uptime_seconds = (uptime * 1000.0).round() / 1000.0;
        }
        status
    }
}

impl View {
    /// All services, in the order in which they are started, as they are now.
    pub fn services(&self) -> Vec<ServiceStatus> {
        self.services.iter().map(Seen::now).collect()
    }

    /// One service, as it is now.
    pub fn service(&self, name: &str) -> Option<ServiceStatus> {
        self.find(name).map(Seen::now)
    }

    /// Whether a service is ready. What is not known is not ready.
    pub fn is_ready(&self, name: &str) -> bool {
        self.find(name).is_some_and(|seen| seen.status.ready)
    }

    fn find(&self, name: &str) -> Option<&Seen> {
        self.services.iter().find(|seen| seen.status.name == name)
    }

    fn put(&mut self, status: ServiceStatus) {
        match self.services.iter_mut().find(|seen| seen.status.name == status.name) {
            Some(seen) => *seen = Seen::new(status),
            None => self.services.push(Seen::new(status)),
        }
    }
}

/// What readers of events are told.
#[derive(Debug, Clone)]
pub enum Event {
    /// Every service: at the beginning, and whenever changes may have been missed.
    Snapshot(Vec<ServiceStatus>),
    /// One service that changed.
    Changed(Box<ServiceStatus>),
}

/// The copy, and the news about it.
#[derive(Debug)]
pub struct Mirror {
    view: watch::Sender<View>,
    events: broadcast::Sender<Event>,
}

impl Default for Mirror {
    fn default() -> Self {
        Mirror { view: watch::Sender::default(), events: broadcast::Sender::new(EVENTS_KEPT) }
    }
}

impl Mirror {
    /// What is known now.
    pub fn view(&self) -> watch::Ref<'_, View> {
        self.view.borrow()
    }

    /// Tells whenever the view changes.
    pub fn watch(&self) -> watch::Receiver<View> {
        self.view.subscribe()
    }

    /// Every event from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Takes one message of the subscription in.
    fn take(&self, reply: Reply) {
        match reply {
            Reply::Services(all) => {
                let services = all.iter().cloned().map(Seen::new).collect();
                self.view.send_modify(|view| {
                    view.connected = true;
                    view.services = services;
                });
                self.tell(Event::Snapshot(all));
                tracing::info!("connected to PID 1");
            }
            Reply::Changed(status) => {
                self.view.send_modify(|view| view.put(status.clone()));
                self.tell(Event::Changed(Box::new(status)));
            }
            Reply::Ownership(known) => self.view.send_modify(|view| view.ownership = known),
            Reply::Warnings(said) => self.view.send_modify(|view| view.warnings = said),
            other => tracing::warn!(?other, "the control socket said something unexpected"),
        }
    }

    fn tell(&self, event: Event) {
        // There may be nobody who listens; that is no error.
        let _ = self.events.send(event);
    }

    /// Keeps the copy for ever: subscribes, and subscribes again when the connection ends.
    pub async fn follow(&self, control: &Control) {
        let mut pause = PAUSES.0;
        loop {
            let heard = self.subscribe(control).await;
            if self.view().connected {
                pause = PAUSES.0;
                tracing::warn!("the connection to PID 1 ended; connecting again");
            }
            if let Err(error) = heard {
                tracing::debug!(%error, "no news from PID 1");
            }
            self.view.send_modify(|view| view.connected = false);
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    async fn subscribe(&self, control: &Control) -> Result<(), ControlError> {
        let (mut requests, mut replies) = control.open(&Request::Subscribe).await?;
        let heard = async {
            while let Some(reply) = replies.next().await? {
                self.take(reply);
            }
            Ok(())
        };
        tokio::select! {
            ended = heard => ended,
            broken = signs::give(&mut requests, self.watch()) => Err(broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::protocol::State;

    fn ide(ready: bool, pid: Option<i32>) -> ServiceStatus {
        ServiceStatus {
            name: "ide".into(),
            state: State::Running,
            ready,
            pid,
            restarts: 0,
            started_at: None,
            uptime_seconds: 1.0,
            last_exit: None,
            detail: None,
            optional: false,
        }
    }

    #[test]
    fn a_change_replaces_what_was_known_and_is_told() {
        let mirror = Mirror::default();
        let mut events = mirror.events();
        mirror.take(Reply::Services(vec![ide(false, Some(7))]));
        assert!(!mirror.view().is_ready("ide"));
        mirror.take(Reply::Changed(ide(true, Some(7))));
        assert!(mirror.view().is_ready("ide"));
        assert!(matches!(events.try_recv(), Ok(Event::Snapshot(_))));
        assert!(matches!(events.try_recv(), Ok(Event::Changed(status)) if status.ready));
    }

    #[tokio::test(start_paused = true)]
    async fn uptime_goes_on_between_messages_while_there_is_a_process() {
        let mut view = View::default();
        view.put(ide(true, Some(7)));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(view.service("ide").unwrap().uptime_seconds, 3.0);
        view.put(ide(false, None));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(view.service("ide").unwrap().uptime_seconds, 1.0);
    }
}
