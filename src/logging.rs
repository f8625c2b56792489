//! Where `tracing` goes: for PID 1 into the journal, between the services' lines; for the gateway
//! to standard error, where PID 1 reads it.

use std::fmt::Write;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::journal::Journal;

/// Sends PID 1's own lines to the journal.
pub fn to_journal(journal: &Journal, level: LevelFilter) {
    let layer = ToJournal(journal.clone()).with_filter(level);
    // A second call would fail, and there is none.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}

/// Sends lines to standard error, without time: PID 1 adds it.
pub fn to_stderr() {
    let layer = ToStderr.with_filter(LevelFilter::INFO);
    let _ = tracing_subscriber::registry().with(layer).try_init();
}

struct ToStderr;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ToStderr {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let text = Text::of(event);
        match *event.metadata().level() {
            Level::ERROR | Level::WARN => eprintln!("{} {text}", event.metadata().level()),
            _ => eprintln!("{text}"),
        }
    }
}

struct ToJournal(Journal);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ToJournal {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        for line in Text::of(event).lines() {
            self.0.try_add(line, *event.metadata().level());
        }
    }
}

/// An event's message, with its other fields after it.
#[derive(Default)]
struct Text(String);

impl Text {
    fn of(event: &Event<'_>) -> String {
        let mut text = Text::default();
        event.record(&mut text);
        text.0
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a String can't fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
