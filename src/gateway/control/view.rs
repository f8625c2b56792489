//! What PID 1 has said, and what follows from it at this moment.

use tokio::time::Instant;

use crate::control::ownership::Ownership;
use crate::control::protocol::ServiceStatus;

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

    /// Takes in what there is to know of all services.
    pub fn put_all(&mut self, all: &[ServiceStatus]) {
        self.services = all.iter().cloned().map(Seen::new).collect();
    }

    /// Takes in what there is to know of one service.
    pub fn put(&mut self, status: ServiceStatus) {
        match self.services.iter_mut().find(|seen| seen.status.name == status.name) {
            Some(seen) => *seen = Seen::new(status),
            None => self.services.push(Seen::new(status)),
        }
    }

    fn find(&self, name: &str) -> Option<&Seen> {
        self.services.iter().find(|seen| seen.status.name == name)
    }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ide(pid: Option<i32>) -> ServiceStatus {
        ServiceStatus { name: "ide".into(), pid, uptime_seconds: 1.0, ..Default::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn uptime_goes_on_between_messages_while_there_is_a_process() {
        let mut view = View::default();
        view.put(ide(Some(7)));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(view.service("ide").unwrap().uptime_seconds, 3.0);
        view.put(ide(None));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(view.service("ide").unwrap().uptime_seconds, 1.0);
    }
}
