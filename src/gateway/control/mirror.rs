//! A copy of the services' state, kept up to date by a subscription.

use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::time::sleep;

use super::view::View;
use super::{Control, ControlError, signs};
use crate::control::protocol::{Reply, Request, ServiceStatus};

/// How many changes a slow reader of events may lag behind before it gets a snapshot instead.
const EVENTS_KEPT: usize = 256;
/// The pause before the first attempt to connect again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

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
                self.view.send_modify(|view| {
                    view.connected = true;
                    view.put_all(&all);
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

    fn ide(ready: bool) -> ServiceStatus {
        ServiceStatus { name: "ide".into(), ready, ..Default::default() }
    }

    #[test]
    fn a_change_replaces_what_was_known_and_is_told() {
        let mirror = Mirror::default();
        let mut events = mirror.events();
        mirror.take(Reply::Services(vec![ide(false)]));
        assert!(!mirror.view().is_ready("ide"));
        mirror.take(Reply::Changed(ide(true)));
        assert!(mirror.view().is_ready("ide"));
        assert!(matches!(events.try_recv(), Ok(Event::Snapshot(_))));
        assert!(matches!(events.try_recv(), Ok(Event::Changed(status)) if status.ready));
    }
}
