//! When a service that ended is started again.

use std::collections::VecDeque;
use std::time::Duration;

/// How often it may end within [`WINDOW`] before it is given up.
pub const MOST_FAILURES: usize = 10;
/// See [`MOST_FAILURES`].
pub const WINDOW: Duration = Duration::from_secs(300);
/// A service that ran this long begins anew.
pub const STEADY: Duration = Duration::from_secs(60);

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// How a service has ended so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// When, within the window.
    ends: VecDeque<Duration>,
    /// How many times in a row, without having been up for long.
    in_a_row: u32,
}

/// What to do with a service that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Start it again after this time.
    After(Duration),
    /// It ended too often.
    GiveUp,
}

impl History {
    /// Takes note of an end at `now`, after `uptime`, and decides. `jitter`, 0 to 1, spreads
    /// restarts over 10 % of the delay, so that many containers do not start in step.
    pub fn ended(&mut self, now: Duration, uptime: Duration, jitter: f64) -> Verdict {
        if uptime >= STEADY {
            self.in_a_row = 0;
        }
        self.ends.push_back(now);
        while self.ends.front().is_some_and(|end| *end + WINDOW < now) {
            self.ends.pop_front();
        }
        if self.ends.len() > MOST_FAILURES {
            return Verdict::GiveUp;
        }
        let delay = delay(self.in_a_row);
        self.in_a_row = self.in_a_row.saturating_add(1);
        Verdict::After(delay + delay.mul_f64(0.1 * jitter.clamp(0.0, 1.0)))
    }

    /// Forgets all, as somebody asked for a start.
    pub fn forget(&mut self) {
        *self = History::default();
    }
}

/// Nothing at first, then half a second, doubled each time, up to 30 s.
fn delay(in_a_row: u32) -> Duration {
    match in_a_row {
        0 => Duration::ZERO,
        n => FIRST.saturating_mul(1 << (n - 1).min(10)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_restart_is_at_once_and_then_they_get_slower() {
        let delays: Vec<_> = (0..9).map(|n| delay(n).as_millis()).collect();
        assert_eq!(delays, [0, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
    }

    #[test]
    fn a_crash_loop_is_given_up_at_the_eleventh_end() {
        let mut history = History::default();
        for number in 0..10 {
            let verdict = history.ended(SECOND * number, SECOND, 0.0);
            assert!(matches!(verdict, Verdict::After(_)), "{number}");
        }
        assert_eq!(history.ended(SECOND * 11, SECOND, 0.0), Verdict::GiveUp);
    }

    #[test]
    fn a_minute_up_begins_anew() {
        let mut history = History::default();
        for _ in 0..5 {
            history.ended(SECOND, SECOND, 0.0);
        }
        assert_eq!(history.ended(SECOND * 90, STEADY, 0.0), Verdict::After(Duration::ZERO));
    }

    #[test]
    fn ends_that_are_long_ago_do_not_count() {
        let mut history = History::default();
        for number in 0..100 {
            let verdict = history.ended(WINDOW * number / 5, STEADY, 0.0);
            assert!(matches!(verdict, Verdict::After(_)), "{number}");
        }
    }

    #[test]
    fn jitter_adds_a_tenth_at_the_most() {
        let mut history = History::default();
        history.ended(SECOND, SECOND, 1.0);
        assert_eq!(history.ended(SECOND, SECOND, 7.0), Verdict::After(Duration::from_millis(550)));
    }
}
