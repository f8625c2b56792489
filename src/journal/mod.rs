//! What services and PID 1 itself print: the last lines are kept, all are written to standard
//! output, and a reader who is slow or gone never holds PID 1 up.

mod lines;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

pub use lines::Lines;

use crate::control::protocol::{LogLine, OWN};
use crate::settings::LogFormat;
use crate::sys::pipe::Sink;

/// How many lines of each service are kept for `logs`, and how many bytes.
const KEPT_LINES: usize = 1000;
const KEPT_BYTES: usize = 256 * 1024;
/// How many bytes wait for a slow reader before lines are dropped.
const QUEUE: usize = 1 << 20;

/// The journal, shared between what writes to it.
#[derive(Debug, Clone)]
pub struct Journal(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    format: LogFormat,
    sink: Sink,
    kept: Vec<Kept>,
    next: u64,
    queue: VecDeque<u8>,
    dropped: u64,
    is_closed: bool,
}

/// The last lines of one service, so that one that prints a lot does not push out others' lines.
#[derive(Debug)]
struct Kept {
    service: String,
    lines: VecDeque<LogLine>,
    bytes: usize,
}

impl Kept {
    fn add(&mut self, line: LogLine) {
        self.bytes += line.text.len();
        self.lines.push_back(line);
        while self.lines.len() > KEPT_LINES || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.lines.pop_front() else { return };
            self.bytes -= oldest.text.len();
        }
    }
}

/// Whether all has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushed {
    /// It has.
    All,
    /// The reader is behind: try again later.
    Behind,
}

impl Journal {
    /// An empty journal that writes to standard output, or to standard error.
    pub fn new(format: LogFormat, to_stderr: bool) -> Self {
        Journal(Arc::new(Mutex::new(Inner {
            format,
            sink: if to_stderr { Sink::stderr() } else { Sink::stdout() },
            kept: Vec::new(),
            next: 0,
            queue: VecDeque::new(),
            dropped: 0,
            is_closed: false,
        })))
    }

    /// Adds a line, to be written at the next [`Journal::flush`].
    pub fn add(&self, service: &str, text: &str, level: Option<tracing::Level>) {
        self.lock().add(service, text, level);
    }

    /// Adds a line of this program's own and writes it; not where this very thread is at work in the
    /// journal, as after a panic. Returns whether it did.
    pub fn try_add(&self, text: &str, level: tracing::Level) -> bool {
        let Ok(mut inner) = self.0.try_lock() else { return false };
        inner.add(OWN, text, Some(level));
        inner.flush();
        true
    }

    /// [`Journal::flush`], unless somebody is at work in the journal.
    pub fn try_flush(&self) {
        if let Ok(mut inner) = self.0.try_lock() {
            inner.flush();
        }
    }

    /// Writes what is waiting, as far as that needs no waiting.
    pub fn flush(&self) -> Flushed {
        self.lock().flush()
    }

    /// Writes all of it, as far as somebody reads it within `most`. For the end of a process
    /// that has nothing else to do.
    pub fn flush_within(&self, most: Duration) {
        let until = Instant::now() + most;
        while self.flush() == Flushed::Behind && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The last lines of a service, or of all, oldest first.
    pub fn last(&self, service: Option<&str>, most: usize) -> Vec<LogLine> {
        let mut lines = self.lock().kept_since(service, 0);
        lines.drain(..lines.len().saturating_sub(most));
        lines
    }

    /// The lines since number `from`, and the number of the next.
    pub fn since(&self, service: Option<&str>, from: u64) -> (Vec<LogLine>, u64) {
        let inner = self.lock();
        (inner.kept_since(service, from), inner.next)
    }

    /// The number that the next line gets.
    pub fn next_line(&self) -> u64 {
        self.lock().next
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, service: &str, text: &str, level: Option<tracing::Level>) {
        let line = LogLine {
            seq: self.next,
            at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            service: service.to_owned(),
            text: text.to_owned(),
        };
        self.next += 1;
        self.queue_line(&line, level);
        match self.kept.iter_mut().find(|kept| kept.service == service) {
            Some(kept) => kept.add(line),
            None => self.kept.push(Kept {
                service: service.to_owned(),
                bytes: line.text.len(),
                lines: VecDeque::from([line]),
            }),
        }
    }

    /// Lines from a number on, in the order in which they came.
    fn kept_since(&self, service: Option<&str>, from: u64) -> Vec<LogLine> {
        let wanted = |kept: &&Kept| service.is_none_or(|name| kept.service == name);
        let new = |kept: &Kept| {
            let start = kept.lines.partition_point(|line| line.seq < from);
            kept.lines.range(start..).cloned().collect::<Vec<_>>()
        };
        let mut lines: Vec<_> = self.kept.iter().filter(wanted).flat_map(new).collect();
        lines.sort_unstable_by_key(|line| line.seq);
        lines
    }

    fn queue_line(&mut self, line: &LogLine, level: Option<tracing::Level>) {
        if self.is_closed {
            return;
        }
        let mut text = render(self.format, line, level);
        text.push('\n');
        if self.queue.len() + text.len() > QUEUE {
            self.dropped += 1;
            return;
        }
        self.queue.extend(text.as_bytes());
    }

    fn flush(&mut self) -> Flushed {
        while !self.queue.is_empty() {
            let (front, _) = self.queue.as_slices();
            match self.sink.write_at_once(front) {
                Ok(written) => {
                    self.queue.drain(..written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Flushed::Behind,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return self.close(),
                // A full disk, for instance: it may have room again.
                Err(_) => return Flushed::Behind,
            }
        }
        self.tell_of_dropped()
    }

    /// Nobody reads any more: there is no use in keeping lines for them.
    fn close(&mut self) -> Flushed {
        self.is_closed = true;
        self.queue = VecDeque::new();
        Flushed::All
    }

    fn tell_of_dropped(&mut self) -> Flushed {
        if self.dropped == 0 {
            return Flushed::All;
        }
        let line = LogLine {
            seq: self.next,
            at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            service: OWN.to_owned(),
            text: format!("{} lines were dropped, as nobody read them in time", self.dropped),
        };
        self.dropped = 0;
        self.queue_line(&line, Some(tracing::Level::WARN));
        Flushed::Behind
    }
}

fn render(format: LogFormat, line: &LogLine, level: Option<tracing::Level>) -> String {
    match (format, level) {
        (LogFormat::Text, Some(level)) => {
            format!("{} {} | {level} {}", line.at, line.service, line.text)
        }
        (LogFormat::Text, None) => format!("{} {} | {}", line.at, line.service, line.text),
        (LogFormat::Json, _) => {
            let mut object = serde_json::json!({
                "time": line.at,
                "service": line.service,
                "message": line.text,
            });
            if let (Some(level), Some(fields)) = (level, object.as_object_mut()) {
                fields.insert("level".into(), level.to_string().to_lowercase().into());
            }
            object.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { seq: 1, at: "T".into(), service: "ide".into(), text: text.into() }
    }

    #[test]
    fn text_has_time_and_service_in_front() {
        assert_eq!(render(LogFormat::Text, &line("x"), None), "T ide | x");
        let level = Some(tracing::Level::WARN);
        assert_eq!(render(LogFormat::Text, &line("x"), level), "T ide | WARN x");
    }

    #[test]
    fn json_is_one_object_whatever_the_text() {
        let text = "a \"b\"\t\u{1b}[0m\u{fffd}";
        let rendered = render(LogFormat::Json, &line(text), Some(tracing::Level::INFO));
        let back: serde_json::Value = serde_json::from_str(&rendered).unwrap();
        assert_eq!(back["message"], text);
        assert_eq!(back["level"], "info");
        assert!(!rendered.contains('\n'));
    }

    #[test]
    fn lines_are_kept_by_service() {
        let journal = Journal::new(LogFormat::Text, false);
        for number in 0..5 {
            journal.add(if number % 2 == 0 { "a" } else { "b" }, &number.to_string(), None);
        }
        let texts = |lines: Vec<LogLine>| lines.into_iter().map(|l| l.text).collect::<Vec<_>>();
        assert_eq!(texts(journal.last(Some("a"), 2)), ["2", "4"]);
        assert_eq!(texts(journal.last(None, 10)), ["0", "1", "2", "3", "4"]);
        let (lines, next) = journal.since(Some("b"), 2);
        assert_eq!((texts(lines), next), (vec!["3".to_owned()], 5));
    }

    #[test]
    fn only_the_last_lines_are_kept_and_nobody_loses_them_to_somebody_else() {
        let journal = Journal::new(LogFormat::Text, false);
        journal.add("quiet", "x", None);
        for _ in 0..KEPT_LINES + 10 {
            journal.add("loud", "x", None);
        }
        assert_eq!(journal.last(Some("loud"), usize::MAX).len(), KEPT_LINES);
        assert_eq!(journal.last(Some("quiet"), usize::MAX).len(), 1);
        for _ in 0..100 {
            journal.add("long", &"x".repeat(16 * 1024), None);
        }
        assert_eq!(journal.last(Some("long"), usize::MAX).len(), KEPT_BYTES / (16 * 1024));
    }
}
