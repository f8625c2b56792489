//! Services' main processes: started, and taken away once they have ended.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use super::machine::{Event, Id};
use super::output::Tap;
use super::runner::Runner;
use super::{diagnosis, status};
use crate::control::protocol::{Exit, State};
use crate::services::{Input, Service};
use crate::sys::spawn::{Place, Spawn, spawn};
use crate::sys::wait::{self, Ending, Waiting};
use crate::sys::{paths, pipe, signal};

/// How many ended children are taken away before others get a turn.
const REAPED_AT_ONCE: usize = 1000;

impl Runner {
    pub(super) fn spawn(&mut self, id: Id) {
        match self.start_process(id) {
            Ok(pid) => self.handle(Event::Spawned(id, pid)),
            Err(error) => self.not_spawned(id, &error),
        }
    }

    fn start_process(&mut self, id: Id) -> io::Result<i32> {
        let next_line = self.journal.next_line();
        let Some(each) = self.services.get_mut(id) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let service = &each.service;
        let (taps, output) = match service.input {
            Input::Inherited => (Vec::new(), None),
            _ => {
                let ((out, out_end), (err, err_end)) = (pipe::for_output()?, pipe::for_output()?);
                (vec![out, err], Some((out_end, err_end)))
            }
        };
        let program = match service.is_own_program() {
            true => self.own_program.path(),
            false => find_program(service)?,
        };
        let pid = spawn(order(service, program, &self.home, output)?)?;
        tracing::debug!("{}: started as process {pid}", service.name);
        each.begin(next_line);
        let taps = taps.into_iter().map(|tap| {
            let service = &each.service;
            let levels = service.is_own_program();
            Tap::new(tap, &service.name, levels, &self.journal, &self.printed).map(Rc::new)
        });
        // It runs: that it can't be heard is no reason to lose sight of it.
        let taps: Vec<_> = taps.filter_map(Result::ok).collect();
        each.taps = taps.clone();
        taps.iter().for_each(|tap| self.follow(tap));
        self.oom.look();
        Ok(pid)
    }

    fn not_spawned(&mut self, id: Id, error: &io::Error) {
        let Some(each) = self.services.get_mut(id) else { return };
        let program = each.service.argv.first().map(|word| word.to_string_lossy().into_owned());
        let message = status::spawn_failure(&program.unwrap_or_default(), error);
        tracing::error!("{}: {message}", each.service.name);
        let at = status::moment(SystemTime::now());
        each.end(Exit { code: None, signal: None, message, at });
        let is_program = each.is_program();
        self.handle(Event::NotSpawned(id));
        if is_program {
            self.handle(Event::Stop(status::spawn_exit_code(error)));
        }
    }

    /// Takes every ended child away, and tells the machine of main processes.
    pub(super) fn reap(&mut self) {
        if !(0..REAPED_AT_ONCE).any(|_| !self.reap_one()) {
            signal::notice_children();
        }
        if self.machine.is_stopping() {
            self.notice_childless();
        }
    }

    /// Returns whether there was somebody.
    fn reap_one(&mut self) -> bool {
        match wait::next() {
            Ok(Waiting::Ended(pid, ending)) => self.take_away(pid, ending),
            Ok(Waiting::Paused(pid, number)) => self.paused(pid, number),
            Ok(Waiting::Resumed(pid)) => self.resumed(pid),
            Ok(Waiting::Nobody | Waiting::Childless) | Err(_) => return false,
        }
        true
    }

    fn service_of(&self, pid: i32) -> Option<Id> {
        (0..self.services.len()).find(|id| self.machine.pid(*id) == Some(pid))
    }

    fn take_away(&mut self, pid: i32, ending: Ending) {
        let Some(id) = self.service_of(pid) else {
            // So that somebody's end for want of memory is not taken for another's later.
            if ending == Ending::Signal(libc::SIGKILL) {
                self.oom.look();
            }
            return;
        };
        if let Some(each) = self.services.get_mut(id) {
            let taps = std::mem::take(&mut each.taps);
            taps.iter().for_each(|tap| tap.drain());
        }
        self.note_end(id, ending);
        self.handle(Event::Ended(id, pid, ending));
    }

    fn note_end(&mut self, id: Id, ending: Ending) {
        let was_asked = self.machine.state(id) == State::Stopping;
        let memory = self.oom.look();
        let Some(each) = self.services.get_mut(id) else { return };
        let mut exit = status::exit(ending, SystemTime::now());
        if !was_asked {
            let (lines, _) = self.journal.since(Some(&each.service.name), each.first_line);
            exit.message = diagnosis::in_words(&each.service.name, ending, memory, &lines);
        }
        each.end(exit);
    }

    fn paused(&mut self, pid: i32, number: i32) {
        let Some(id) = self.service_of(pid) else { return };
        let Some(each) = self.services.get_mut(id) else { return };
        // Ctrl-Z, and there is no shell behind it from which it could be set going again.
        if each.is_program() {
            if number == libc::SIGTSTP {
                let _ = signal::send(signal::To::Group(pid), libc::SIGCONT);
            }
            return;
        }
        let reason = format!("stopped by {}; SIGCONT would set it going", signal::name(number));
        tracing::warn!("{}: {reason}", each.service.name);
        each.detail = Some(reason);
        self.handle(Event::Paused(id, pid));
    }

    fn resumed(&mut self, pid: i32) {
        let Some(id) = self.service_of(pid) else { return };
        if let Some(each) = self.services.get_mut(id) {
            each.detail = None;
        }
        self.handle(Event::Resumed(id, pid));
    }
}

fn order(
    service: &Service,
    program: PathBuf,
    home: &Path,
    output: Option<(OwnedFd, OwnedFd)>,
) -> io::Result<Spawn> {
    Ok(Spawn {
        program,
        argv: service.argv.clone(),
        env: service.env.clone().into_iter().collect(),
        directory: usable_directory(&service.directory, home),
        stdin: match &service.input {
            Input::Gateway(config) => Some(pipe::holding(&serde_json::to_vec(config)?)?.0),
            _ => None,
        },
        output,
        place: match service.input {
            Input::Inherited => Place::Foreground,
            _ => Place::OwnSession,
        },
    })
}

/// The directory itself, or the home, or the root: a service is better started elsewhere than not
/// at all.
fn usable_directory(wanted: &Path, home: &Path) -> PathBuf {
    let candidates = [wanted, home];
    candidates.into_iter().find(|dir| paths::may_enter(dir)).unwrap_or(Path::new("/")).to_path_buf()
}

/// The file that a service's first word stands for.
fn find_program(service: &Service) -> io::Result<PathBuf> {
    let path = service.env.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    paths::find(service.argv.first().map(OsString::as_os_str).unwrap_or_default(), &path)
}
