//! When to ask next, and what the answers so far amount to.

use std::time::Duration;

/// The pause while a service is starting. To be refused takes less than a tenth of a millisecond.
const FIRST: Duration = Duration::from_millis(15);
/// How many probes follow each other that fast: about five seconds' worth.
const FAST: u32 = 330;
/// The longest pause while a service is not ready, and while a ready one is in doubt.
const SLOW: Duration = Duration::from_secs(1);
/// The pause once a service is ready.
const CALM: Duration = Duration::from_secs(10);
/// How many failures in a row make a ready service not ready.
const FAILURES: u32 = 3;

/// What is known about one process from its probes.
#[derive(Debug, Clone, Default)]
pub struct Rhythm {
    pid: Option<i32>,
    ready: bool,
    failures: u32,
}

impl Rhythm {
    /// Says which process the next answer is about. Another one starts from what PID 1 knows of
    /// it, which is more than nothing where an earlier gateway has asked before. One that PID 1
    /// knows not to be ready, as it was stopped for instance, has to answer anew.
    pub fn about(&mut self, pid: i32, known_ready: bool) {
        if self.pid != Some(pid) {
            *self = Rhythm { pid: Some(pid), ready: known_ready, failures: 0 };
        }
        self.ready &= known_ready;
    }

    /// Takes an answer in.
    pub fn heard(&mut self, well: bool) {
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
            (false, failures) if failures <= FAST => FIRST,
            (false, failures) => {
                let doublings = (failures - FAST).min(7);
                (FIRST * 2u32.pow(doublings)).min(SLOW)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(answers: &[bool]) -> Rhythm {
        let mut rhythm = Rhythm::default();
        rhythm.about(7, false);
        answers.iter().for_each(|&well| rhythm.heard(well));
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
        assert_eq!(after(&[false]).pause(), FIRST);
        assert_eq!(after(&[false; 50]).pause(), FIRST);
        assert_eq!(after(&[false; 500]).pause(), SLOW);
        assert_eq!(after(&[true]).pause(), CALM);
        assert_eq!(after(&[true, false]).pause(), SLOW);
    }

    #[test]
    fn another_process_starts_from_what_is_known_of_it() {
        let mut rhythm = after(&[true]);
        rhythm.about(8, false);
        assert!(!rhythm.is_ready());
        rhythm.about(9, true);
        rhythm.heard(false);
        assert!(rhythm.is_ready());
    }

    #[test]
    fn one_that_is_known_not_to_be_ready_has_to_answer_anew() {
        let mut rhythm = after(&[true]);
        rhythm.about(7, false);
        rhythm.heard(false);
        assert!(!rhythm.is_ready());
        rhythm.heard(true);
        assert!(rhythm.is_ready());
    }
}
