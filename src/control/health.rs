//! Whether all is well, in one word: for `healthcheck`, `/api/health` and whoever asks them.

use super::protocol::{ServiceStatus, State};

/// What all services together amount to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Health<'a> {
    /// Every service that counts is ready.
    Ok,
    /// This one is on its way.
    Starting(&'a ServiceStatus),
    /// This one is in trouble.
    Degraded(&'a ServiceStatus),
}

/// Judges. A service in trouble counts before one that is starting; an optional one that has
/// failed for good does not count.
pub fn judge(services: &[ServiceStatus]) -> Health<'_> {
    let unready = || services.iter().filter(|service| counts(service) && !service.ready);
    let is_starting = |service: &&ServiceStatus| service.state == State::Starting;
    match (unready().find(|service| !is_starting(service)), unready().next()) {
        (Some(service), _) => Health::Degraded(service),
        (None, Some(service)) => Health::Starting(service),
        (None, None) => Health::Ok,
    }
}

fn counts(service: &ServiceStatus) -> bool {
    !(service.optional && service.state == State::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, state: State, ready: bool) -> ServiceStatus {
        ServiceStatus { name: name.into(), state, ready, ..ServiceStatus::default() }
    }

    #[test]
    fn trouble_comes_before_starting() {
        let starting = service("a", State::Starting, false);
        let failed = service("b", State::Failed, false);
        let fine = service("c", State::Running, true);
        let done = service("d", State::Stopped, true);
        assert_eq!(judge(&[fine.clone(), done.clone()]), Health::Ok);
        assert_eq!(judge(&[fine, starting.clone()]), Health::Starting(&starting));
        let all = [starting.clone(), failed.clone()];
        assert_eq!(judge(&all), Health::Degraded(&failed));
        let optional = ServiceStatus { optional: true, ..failed };
        assert_eq!(judge(&[optional, done]), Health::Ok);
    }
}
