//! Ending what is left, and saying what had to be killed.

use crate::sys::pidfd::PidFd;
use crate::sys::proc::{self, Process};
use crate::sys::signal::{self, To};

/// What a main process left behind in its session, and was told to end.
#[derive(Debug)]
pub struct Left {
    /// The session, by the number of its leader, which has ended.
    pub session: i32,
    told: Vec<Process>,
}

impl Left {
    /// Sends a signal to every process of a session; nothing where there is none.
    pub fn tell(session: i32, number: i32) -> Option<Self> {
        let told = members(session);
        told.iter().for_each(|process| send(process, number));
        (!told.is_empty()).then_some(Left { session, told })
    }

    /// Kills whoever is in the session, and names them.
    ///
    /// The session's number can't be another's as long as one of its processes lives (setsid(2)):
    /// it is the same session if one of those lives that were told.
    pub fn kill(&self) {
        let members = members(self.session);
        let is_old = |process: &Process| {
            self.told.iter().any(|old| (old.pid, old.started) == (process.pid, process.started))
        };
        if members.iter().any(is_old) {
            members.iter().for_each(|process| send(process, libc::SIGKILL));
            name_killed(&members);
        }
    }
}

fn members(session: i32) -> Vec<Process> {
    proc::all().into_iter().filter(|p| p.session == session && p.state != 'Z').collect()
}

/// Tells every process in the namespace to end or, where this process is not PID 1, all of its
/// descendants; but not those that were told already.
pub fn end_rest(told: &[i32]) {
    let others = others();
    for process in others.iter().filter(|process| !told.contains(&process.pid)) {
        send(process, libc::SIGTERM);
        // A shell at a terminal ignores TERM, and ends when its terminal does.
        if process.has_terminal {
            send(process, libc::SIGHUP);
        }
    }
}

/// Sends a process that was seen in /proc a signal. It is not our child, so that it may have ended
/// since and its pid have become another's: the descriptor is opened first and looked at then.
fn send(process: &Process, number: i32) {
    let fd = match PidFd::open(process.pid) {
        Ok(fd) => fd,
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return,
        // No such call here: the pid has to do.
        Err(_) => return drop(signal::send(To::Process(process.pid), number)),
    };
    if proc::one(process.pid).is_some_and(|now| now.started == process.started) {
        // It may have ended since, or be root's.
        let _ = fd.send(number);
    }
}

/// Whether nobody is left whom this process may tell anything: what root has left in the
/// container, a hook's daemon for instance, goes with the namespace.
pub fn nobody_can_be_told() -> bool {
    !others().iter().any(|process| process.state != 'Z' && signal::may_send(process.pid))
}

/// Kills all of them, and names them.
pub fn kill_all() {
    let others = others();
    name_killed(&others);
    match signal::is_init() {
        // In one call, so that nobody slips through by forking meanwhile.
        true => drop(signal::send(To::Everyone, libc::SIGKILL)),
        false => {
            others.iter().for_each(|process| send(process, libc::SIGKILL));
        }
    }
}

fn others() -> Vec<Process> {
    let own = std::process::id() as i32;
    let all = proc::all();
    match signal::is_init() {
        true => all.into_iter().filter(|process| process.pid != own).collect(),
        false => proc::descendants(&all, own),
    }
}

/// Passes a signal on to a main process.
pub fn forward(pid: i32, number: i32) {
    if let Err(error) = signal::send(To::Process(pid), number) {
        tracing::warn!("can't send {} to process {pid}: {error}", signal::name(number));
    }
}

/// Ends a main process by a signal, by its pid, which is nobody else's until this program, its
/// parent, has reaped it (see [`crate::sys::wait::next`]). One that is stopped, or is about to be,
/// gets it once it goes on.
pub fn signal_main(pid: i32, number: i32) {
    forward(pid, number);
    let _ = signal::send(To::Process(pid), libc::SIGCONT);
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
