//! When to ask next, and what the answers so far amount to.

use std::time::Duration;

/// The pause while nobody listens yet, which takes a tenth of a millisecond to find out.
const ABSENT: Pace = Pace { pause: Duration::from_millis(15), probes: 330 };
/// The pause while somebody listens who is not ready: that costs both sides more.
const FIRST: Pace = Pace { pause: Duration::from_millis(50), probes: 100 };
/// The longest pause while a service is not ready, and while a ready one is in doubt.
const SLOW: Duration = Duration::from_secs(1);
/// The pause once a service is ready.
const CALM: Duration = Duration::from_secs(10);
/// How many failures in a row make a ready service not ready.
const FAILURES: u32 = 3;

/// How fast probes follow each other at first, and how many: about five seconds' worth.
#[derive(Debug)]
struct Pace {
    pause: Duration,
    probes: u32,
}

impl Pace {
    /// The pause after so many failures: it doubles once there were too many.
    fn after(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(self.probes).min(7);
        (self.pause * 2u32.pow(doublings)).min(SLOW)
    }
}

/// What a probe came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The answer of a service that is ready.
    Well,
    /// Nobody listens.
    Nobody,
    /// Another answer, or none from somebody who listens.
    Badly,
}

/// What is known about one process from its probes.
#[derive(Debug, Clone, Default)]
pub struct Rhythm {
    pid: Option<i32>,
    ready: bool,
    failures: u32,
    is_absent: bool,
}

impl Rhythm {
    /// Says which process the next answer is about. Another one starts from what PID 1 knows of
    /// it, which is more than nothing where an earlier gateway has asked before. One that PID 1
    /// knows not to be ready, as it was stopped for instance, has to answer anew.
    pub fn about(&mut self, pid: i32, known_ready: bool) {
        if self.pid != Some(pid) {
            *self = Rhythm { pid: Some(pid), ready: known_ready, ..Rhythm::default() };
        }
        self.ready &= known_ready;
    }

    /// Takes an answer in.
    pub fn heard(&mut self, heard: Heard) {
        let well = heard == Heard::Well;
        self.is_absent = heard == Heard::Nobody;
        self.failures = if well { 0 } else { self.failures.saturating_add(1) };
        self.ready = well || (self.ready && self.failures < FAILURES);
    }

    /// Whether the service is ready.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// How long to wait before asking again.
    pub fn pause(&self) -> Duration {
        match (self.ready, self.failures) {
            (true, 0) => CALM,
            (true, _) => SLOW,
            (false, failures) if self.is_absent => ABSENT.after(failures),
            (false, failures) => FIRST.after(failures),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(answers: &[bool]) -> Rhythm {
        let mut rhythm = Rhythm::default();
        rhythm.about(7, false);
        answers
            .iter()
            .for_each(|&well| rhythm.heard(if well { Heard::Well } else { Heard::Badly }));
        rhythm
    }

    #[test]
    fn one_good_answer_makes_ready_and_three_bad_ones_in_a_row_unmake() {
        assert!(!after(&[false, false]).is_ready());
        assert!(after(&[false, true]).is_ready());
        assert!(after(&[true, false, false]).is_ready());
        assert!(after(&[true, false, false, true, false, false]).is_ready());
        assert!(!after(&[true, false, false, false]).is_ready());
    }

    #[test]
    fn the_pause_grows_to_a_second_and_is_ten_once_ready() {
        assert_eq!(after(&[false]).pause(), FIRST.pause);
        assert_eq!(after(&[false; 50]).pause(), FIRST.pause);
        assert_eq!(after(&[false; 102]).pause(), FIRST.pause * 4);
        assert_eq!(after(&[false; 500]).pause(), SLOW);
        assert_eq!(after(&[true]).pause(), CALM);
        assert_eq!(after(&[true, false]).pause(), SLOW);
    }

    #[test]
    fn where_nobody_listens_it_is_asked_more_often() {
        let mut rhythm = after(&[false]);
        rhythm.heard(Heard::Nobody);
        assert_eq!(rhythm.pause(), ABSENT.pause);
        rhythm.heard(Heard::Badly);
        assert_eq!(rhythm.pause(), FIRST.pause);
        (0..500).for_each(|_| rhythm.heard(Heard::Nobody));
        assert_eq!(rhythm.pause(), SLOW);
    }

    #[test]
    fn another_process_starts_from_what_is_known_of_it() {
        let mut rhythm = after(&[true]);
        rhythm.about(8, false);
        assert!(!rhythm.is_ready());
        rhythm.about(9, true);
        rhythm.heard(Heard::Badly);
        assert!(rhythm.is_ready());
    }

    #[test]
    fn one_that_is_known_not_to_be_ready_has_to_answer_anew() {
        let mut rhythm = after(&[true]);
        rhythm.about(7, false);
        rhythm.heard(Heard::Badly);
        assert!(!rhythm.is_ready());
        rhythm.heard(Heard::Well);
        assert!(rhythm.is_ready());
    }
}
