//! Ending what is left, and saying what had to be killed.

use super::journal::Journal;
use crate::sys::proc::{self, Process};
use crate::sys::signal::{self, To};

/// How many of its last lines the report of a service that was given up has.
const REPORTED_LINES: usize = 20;

/// Sends a signal to every process of a session.
///
/// The session's number can't be somebody else's while one of its processes lives (setsid(2)),
/// and each of them is a child of this process by now, or a child's child.
pub fn signal_session(session: i32, number: i32) {
    let members: Vec<_> =
        proc::all().into_iter().filter(|p| p.session == session && p.state != 'Z').collect();
    for process in &members {
        // It may have ended since.
        let _ = signal::send(To::Process(process.pid), number);
    }
    if number == libc::SIGKILL {
        name_killed(&members);
    }
}

/// Sends a signal to every process in the namespace or, where this process is not PID 1, to all
/// of its descendants.
pub fn signal_all(number: i32) {
    let own = std::process::id() as i32;
    let all = proc::all();
    let others: Vec<Process> = match signal::is_init() {
        true => all.into_iter().filter(|p| p.pid != own && p.parent != 0).collect(),
        false => proc::descendants(&all, own),
    };
    if number == libc::SIGKILL {
        name_killed(&others);
    }
    match signal::is_init() {
        // In one call, so that nobody slips through by forking meanwhile.
        true => drop(signal::send(To::Everyone, number)),
        false => others.iter().for_each(|p| drop(signal::send(To::Process(p.pid), number))),
    }
}

fn name_killed(processes: &[Process]) {
    let alive: Vec<_> = processes
        .iter()
        .filter(|process| process.state != 'Z')
        .map(|process| format!("{} ({})", process.name, process.pid))
        .collect();
    if !alive.is_empty() {
        tracing::warn!("did not end in time and was killed: {}", alive.join(", "));
    }
}

/// Tells that a service was given up, with the last that it printed.
pub fn report_failure(service: &str, journal: &Journal) {
    let lines = journal.last(Some(service), REPORTED_LINES);
    let texts: Vec<_> = lines.iter().map(|line| format!("  {}", line.text)).collect();
    tracing::error!(
        "{service} ended too often and is given up, so the container ends. Its last lines:\n{}",
        texts.join("\n")
    );
}
