//! What /proc tells about a service's processes.

use std::collections::HashSet;
use std::fs;
use std::io;

use crate::sys::proc::{self, Process};

/// The processes of the service whose main process is `pid`: its session, since each service has
/// one of its own, and all descendants of these, since a terminal's shell has left it.
pub fn of_service(pid: i32) -> Vec<i32> {
    select(pid, &proc::all())
}

fn select(main: i32, all: &[Process]) -> Vec<i32> {
    let in_session = |process: &&Process| process.pid == main || process.session == main;
    let mut found: HashSet<i32> = all.iter().filter(in_session).map(|p| p.pid).collect();
    loop {
        let before = found.len();
        for process in all.iter().filter(|process| process.parent > 1) {
            if found.contains(&process.parent) {
                found.insert(process.pid);
            }
        }
        if found.len() == before {
            return found.into_iter().collect();
        }
    }
}

/// The memory of the service whose main process is `pid`, in bytes: the sum of its processes'
/// proportional set sizes, which counts shared pages once, or where a PSS cannot be read, of the
/// resident set sizes. None where nothing can be read.
pub fn memory(pid: i32) -> Option<u64> {
    of_service(pid).into_iter().filter_map(memory_of_one).reduce(|sum, one| sum + one)
}

fn memory_of_one(pid: i32) -> Option<u64> {
    let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).ok();
    let proportional = read("smaps_rollup").and_then(|text| kilobytes(&text, "Pss:"));
    let kilobytes = proportional.or_else(|| kilobytes(&read("status")?, "VmRSS:"))?;
    Some(kilobytes * 1024)
}

fn kilobytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// The inodes of the sockets that a process holds: none of them where it has ended, and no answer
/// where they cannot be read, as for a process of another user.
pub fn sockets(pid: i32) -> Option<HashSet<u64>> {
    let entries = match fs::read_dir(format!("/proc/{pid}/fd")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(HashSet::new()),
        Err(_) => return None,
    };
    let targets = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    Some(targets.filter_map(|target| socket_inode(target.to_str()?)).collect())
}

fn socket_inode(target: &str) -> Option<u64> {
    target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// The name of a process, for messages.
pub fn name(pid: i32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim_end().to_owned())
}

/// The process that holds a socket, among those that can be looked into.
pub fn holder(inode: u64) -> Option<i32> {
    proc::all()
        .into_iter()
        .map(|process| process.pid)
        .find(|&pid| sockets(pid).is_some_and(|held| held.contains(&inode)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_its_session_and_all_descendants() {
        let process = |pid, parent, session| {
            let name = String::new();
            Process { pid, parent, session, state: 'S', has_terminal: false, started: 1, name }
        };
        let all = [
            process(1, 0, 1),
            process(10, 1, 10),
            process(11, 10, 10),
            process(12, 11, 12), // a terminal's shell, in a session of its own
            process(13, 12, 13),
            process(14, 1, 10), // orphaned, still in the session
            process(20, 1, 20), // another service
        ];
        let mut found = select(10, &all);
        found.sort_unstable();
        assert_eq!(found, [10, 11, 12, 13, 14]);
    }

    #[test]
    fn our_own_memory_and_sockets_can_be_read() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(memory(own).unwrap() > 100_000);
        let _listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(!sockets(own).unwrap().is_empty());
    }
}
