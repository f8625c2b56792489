//! What clients of the control socket ask.

use tokio::sync::mpsc::Sender;

use super::audience::{Follower, offer};
use super::machine::{Event, Id};
use super::runner::Runner;
use super::status;
use super::supervised::Supervised;

use crate::control::ownership::Ownership;
use crate::control::protocol::{ErrorBody, OWN, Reply, Request, State, Verb};

impl Runner {
    /// Carries out a request.
    pub(super) fn asked(&mut self, request: Request, client: Sender<Reply>) {
        match request {
            Request::Services => answer(&client, self.snapshot()),
            Request::Ownership => answer(&client, Reply::Ownership(self.ownership.clone())),
            Request::Warnings => answer(&client, Reply::Warnings(self.warnings.clone())),
            Request::Subscribe => {
                let ownership = Reply::Ownership(self.ownership.clone());
                let warnings = Reply::Warnings(self.warnings.clone());
                let first = [self.snapshot(), ownership, warnings];
                if first.into_iter().all(|reply| offer(&client, reply)) {
                    self.audience.subscribe(client);
                }
            }
            Request::Control { verb, service } => self.control(&service, verb, &client),
            Request::Logs { service, lines, follow } => self.logs(service, lines, follow, client),
            Request::Report { service, pid, ready, reason } => {
                let reply = match self.find(&service) {
                    Some(id) => self.reported(id, pid, ready, reason),
                    None => self.unknown(&service),
                };
                answer(&client, reply);
            }
            #[cfg(debug_assertions)]
            Request::Panic => panic!("somebody asked for it"),
        }
    }

    /// Takes in how the helper in the background gets on.
    pub(super) fn walked(&mut self, ownership: Ownership) {
        self.ownership = Some(ownership);
        self.audience.tell_subscribers(&Reply::Ownership(self.ownership.clone()));
    }

    fn is_program(&self, id: Id) -> bool {
        self.at(id).is_some_and(Supervised::is_program)
    }

    fn snapshot(&self) -> Reply {
        Reply::Services((0..self.services.len()).filter_map(|id| self.status(id)).collect())
    }

    fn find(&self, name: &str) -> Option<Id> {
        self.services.iter().position(|each| each.service.name == name)
    }

    fn unknown(&self, name: &str) -> Reply {
        let names: Vec<_> = self.services.iter().map(|each| each.service.name.as_str()).collect();
        error("not_found", format!("no service {name:?}; there is {}", names.join(", ")))
    }

    fn control(&mut self, service: &str, verb: Verb, client: &Sender<Reply>) {
        let reply = match self.find(service) {
            None => self.unknown(service),
            Some(_) if self.machine.is_stopping() => {
                error("conflict", "everything is being stopped".to_owned())
            }
            Some(id) if self.is_program(id) => {
                error("conflict", "the container ends with its program".to_owned())
            }
            Some(id) => {
                tracing::info!("{service}: {} on request", verb.as_str());
                self.handle(Event::Asked(id, verb));
                Reply::Done(self.status(id))
            }
        };
        answer(client, reply);
    }

    fn logs(&mut self, service: Option<String>, lines: usize, follow: bool, client: Sender<Reply>) {
        // A start hook is no service, and has lines all the same.
        let is_known = |name: &str| {
            name == OWN || self.find(name).is_some() || !self.journal.last(Some(name), 1).is_empty()
        };
        if let Some(name) = service.as_deref().filter(|name| !is_known(name)) {
            return answer(&client, self.unknown(name));
        }
        let kept = self.journal.last(service.as_deref(), lines);
        let (_, next) = self.journal.since(service.as_deref(), u64::MAX);
        if offer(&client, Reply::Lines(kept)) && follow {
            self.audience.follow(Follower { client, service, next });
        }
    }

    fn reported(&mut self, id: Id, pid: i32, ready: bool, reason: Option<String>) -> Reply {
        // One that is being stopped may still have been asked before.
        let is_up = matches!(self.machine.state(id), State::Starting | State::Running);
        if is_up && self.machine.pid(id) == Some(pid) {
            self.note_readiness(id, ready, reason);
            self.handle(Event::Probed(id, pid, ready));
            // The reason may be another one, of which the machine knows nothing.
            self.changed(id);
        }
        Reply::Done(self.status(id))
    }

    fn note_readiness(&mut self, id: Id, ready: bool, reason: Option<String>) {
        let was_ready = self.machine.is_ready(id);
        let Some(each) = self.services.get_mut(id) else { return };
        let name = &each.service.name;
        if ready && !was_ready {
            tracing::info!("{name} is ready, {} after its start", status::length(each.uptime()));
        }
        let detail = reason.filter(|_| !ready);
        match &detail {
            Some(reason) if each.detail != detail => tracing::info!("{name}: {reason}"),
            _ => {}
        }
        each.detail = detail;
    }
}

/// Answers once. A client that is gone needs no answer.
fn answer(client: &Sender<Reply>, reply: Reply) {
    let _ = offer(client, reply);
}

fn error(code: &str, message: String) -> Reply {
    Reply::Error(ErrorBody { code: code.to_owned(), message })
}
