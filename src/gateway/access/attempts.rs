//! Slows down whoever guesses.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many wrong attempts a visitor has at once.
const BURST: f64 = 10.0;
/// How many come back each second.
const PER_SECOND: f64 = 0.5;
/// How many visitors are remembered. Beyond that the ones who may try again anyway are forgotten.
const REMEMBERED: usize = 4096;

/// The wrong attempts of late, by visitor.
#[derive(Debug, Default)]
pub struct Attempts {
    visitors: Mutex<HashMap<Option<IpAddr>, Allowance>>,
}

#[derive(Debug, Clone, Copy)]
struct Allowance {
    left: f64,
    at: Instant,
}

impl Allowance {
    fn now(self, now: Instant) -> f64 {
        let regained = now.saturating_duration_since(self.at).as_secs_f64() * PER_SECOND;
        (self.left + regained).min(BURST)
    }
}

impl Attempts {
    /// How long a visitor has to wait before another attempt is looked at; none: no time.
    pub fn wait(&self, visitor: Option<IpAddr>, now: Instant) -> Option<Duration> {
        let visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        let left = visitors.get(&network(visitor)).map_or(BURST, |allowance| allowance.now(now));
        (left < 1.0).then(|| Duration::from_secs_f64((1.0 - left) / PER_SECOND))
    }

    /// Counts a wrong attempt.
    pub fn failed(&self, visitor: Option<IpAddr>, now: Instant) {
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        if visitors.len() >= REMEMBERED {
            visitors.retain(|_, allowance| allowance.now(now) < 1.0);
        }
        let visitor = network(visitor);
        if visitors.len() >= REMEMBERED && !visitors.contains_key(&visitor) {
            return;
        }
        let allowance = visitors.entry(visitor).or_insert(Allowance { left: BURST, at: now });
        *allowance = Allowance { left: (allowance.now(now) - 1.0).max(0.0), at: now };
    }
}

/// Who counts as one visitor: an IPv4 address, or the network of an IPv6 address (RFC 6177: one
/// site has at least a /64).
fn network(visitor: Option<IpAddr>) -> Option<IpAddr> {
    visitor.map(|address| match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_wrong_attempts_one_waits_and_others_do_not() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        let guesser = Some("192.0.2.1".parse().unwrap());
        for _ in 0..10 {
            assert_eq!(attempts.wait(guesser, start), None);
            attempts.failed(guesser, start);
        }
        assert_eq!(attempts.wait(guesser, start), Some(Duration::from_secs(2)));
        assert_eq!(attempts.wait(guesser, start + Duration::from_secs(2)), None);
        assert_eq!(attempts.wait(Some("192.0.2.2".parse().unwrap()), start), None);
    }

    #[test]
    fn addresses_of_one_network_share_an_allowance() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for host in 0..10 {
            attempts.failed(format!("2001:db8::{host}").parse().ok(), start);
        }
        assert!(attempts.wait("2001:db8::ffff".parse().ok(), start).is_some());
        assert_eq!(attempts.wait("2001:db8:0:1::1".parse().ok(), start), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for host in 0..20_000u32 {
            attempts.failed(Some(IpAddr::V4(host.into())), start);
        }
        assert!(attempts.visitors.lock().unwrap().len() <= REMEMBERED);
    }
}
