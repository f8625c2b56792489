//! What is told of services: to the log, and to clients.

use std::time::Duration;

use super::machine::Id;
use super::restart::Verdict;
use super::runner::Runner;
use super::status;
use crate::control::protocol::{Reply, SILENCE, ServiceStatus};

/// How many of its last lines the report of a service that was given up has.
const REPORTED_LINES: usize = 20;

impl Runner {
    pub(super) fn crashed(&mut self, id: Id, verdict: Verdict) {
        let how = self.at(id).and_then(|each| each.last_exit.as_ref());
        let how = how.map_or("", |exit| exit.message.as_str());
        let name = self.name(id);
        match verdict {
            Verdict::After(delay) if delay.is_zero() => {
                tracing::warn!("{name} {how}: starting it again");
            }
            Verdict::After(delay) => {
                tracing::warn!("{name} {how}: starting it again in {}", status::length(delay));
            }
            Verdict::GiveUp => self.given_up(id, how),
        }
    }

    /// Tells that a service was given up, with the last that it printed.
    fn given_up(&self, id: Id, how: &str) {
        let Some(each) = self.at(id) else { return };
        let name = &each.service.name;
        let consequence = match each.service.is_optional {
            true => "as it is optional, those that don't need it go on",
            false => "the container ends",
        };
        let lines = self.journal.last(Some(name), REPORTED_LINES);
        let texts: Vec<_> = lines.iter().map(|line| format!("\n  {}", line.text)).collect();
        tracing::error!(
            "{name} {how}: it is given up, and {consequence}. {}",
            match texts.is_empty() {
                true => "It printed nothing.".to_owned(),
                false => format!("Its last lines:{}", texts.concat()),
            }
        );
    }

    pub(super) fn starved(&mut self, id: Id, need: Id) {
        let consequence = match self.at(id).is_some_and(|each| each.service.is_optional) {
            true => "it has failed, too",
            false => "the container ends",
        };
        let (name, need) = (self.name(id), self.name(need));
        tracing::error!("{name} needs {need}, which has failed for good: {consequence}");
    }

    pub(super) fn silent(&self, id: Id) {
        tracing::warn!(
            "{} gave no sign of life for {}: starting it anew",
            self.name(id),
            status::length(SILENCE)
        );
    }

    pub(super) fn deaf(&mut self, id: Id, length: Duration) {
        let each = self.at(id);
        let reason = each.and_then(|each| each.detail.as_deref()).unwrap_or("no answer");
        tracing::warn!(
            "{} runs and was not ready for {} ({reason}): starting it anew",
            self.name(id),
            status::length(length)
        );
    }

    pub(super) fn changed(&mut self, id: Id) {
        let Some(status) = self.status(id) else { return };
        let news = ServiceStatus { uptime_seconds: 0.0, ..status.clone() };
        let Some(each) = self.services.get_mut(id) else { return };
        if each.told.replace(news.clone()).is_some_and(|told| told == news) {
            return;
        }
        tracing::debug!("{} is {}", status.name, status.state.as_str());
        self.audience.tell_subscribers(&Reply::Changed(status));
    }

    /// A service as clients see it.
    pub(super) fn status(&self, id: Id) -> Option<ServiceStatus> {
        let need = self.machine.waits_for(id).map(|need| self.name(need));
        Some(self.at(id)?.status(id, &self.machine, need))
    }
}
