//! What /proc tells of other processes (proc(5)).

use std::fs;

/// A process, as `/proc/<pid>/stat` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its pid.
    pub pid: i32,
    /// Its parent's.
    pub parent: i32,
    /// Its session.
    pub session: i32,
    /// Whether it has a controlling terminal.
    pub has_terminal: bool,
    /// Its state: `R`, `S`, `Z` for a zombie, …
    pub state: char,
    /// When it was started, in clock ticks since the machine was: with the pid, no other process's.
    pub started: u64,
    /// Its short name.
    pub name: String,
}

/// Every process that can be seen, this one included. Empty where /proc is not mounted.
pub fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(one)
        .collect()
}

/// One process; none where it has ended.
pub fn one(pid: i32) -> Option<Process> {
    // A name of more than 15 bytes is cut anywhere, within a character too.
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse(&String::from_utf8_lossy(&stat))
}

/// Whether a process bears the same short name as this one.
pub fn is_same_program(pid: i32) -> bool {
    let name = |pid: &str| fs::read_to_string(format!("/proc/{pid}/comm")).ok();
    name("self").is_some_and(|own| Some(own) == name(&pid.to_string()))
}

/// A process's command line, its words separated by NUL (proc_pid_cmdline(5)).
pub fn words(pid: i32) -> Option<Vec<u8>> {
    let mut line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    line.pop_if(|last| *last == 0);
    (!line.is_empty()).then_some(line)
}

/// The descendants of `root` among `processes`, without it.
pub fn descendants(processes: &[Process], root: i32) -> Vec<Process> {
    let mut family = vec![root];
    let mut found: Vec<Process> = Vec::new();
    while let Some(parent) = family.pop() {
        for child in processes.iter().filter(|p| p.parent == parent && p.pid != parent) {
            if !found.iter().any(|seen| seen.pid == child.pid) {
                family.push(child.pid);
                found.push(child.clone());
            }
        }
    }
    found
}

/// The name stands in brackets and may itself hold brackets and spaces: what follows the last one
/// counts.
fn parse(stat: &str) -> Option<Process> {
    let (head, tail) = stat.rsplit_once(')')?;
    let (pid, name) = head.split_once(" (")?;
    let mut fields = tail.split_ascii_whitespace();
    Some(Process {
        pid: pid.parse().ok()?,
        name: name.to_owned(),
        state: fields.next()?.chars().next()?,
        parent: fields.next()?.parse().ok()?,
        session: fields.nth(1)?.parse().ok()?,
        has_terminal: fields.next()? != "0",
        started: fields.nth(14)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_brackets_and_spaces() {
        let found =
            parse("42 (a) b (c) S 1 40 41 0 -1 4194560 8 0 0 0 11 22 0 0 20 0 1 0 778899 4096 5 0")
                .unwrap();
        assert_eq!((found.pid, found.parent, found.session), (42, 1, 41));
        assert_eq!((found.started, found.has_terminal), (778_899, false));
        assert_eq!((found.name.as_str(), found.state), ("a) b (c", 'S'));
    }

    #[test]
    fn nonsense_is_nobody() {
        for line in ["", "42", "42 (x)", "42 (x) S", "x (y) S 1 2 3"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn descendants_are_found_through_the_generations() {
        let process = |pid, parent| Process {
            pid,
            parent,
            session: pid,
            state: 'S',
            has_terminal: false,
            started: 1,
            name: String::new(),
        };
        let all = [process(1, 0), process(2, 1), process(3, 2), process(9, 5), process(4, 3)];
        let mut found: Vec<i32> = descendants(&all, 2).iter().map(|p| p.pid).collect();
        found.sort_unstable();
        assert_eq!(found, [3, 4]);
    }

    #[test]
    fn this_process_is_among_all() {
        let own = std::process::id() as i32;
        assert!(all().iter().any(|p| p.pid == own));
    }
}
