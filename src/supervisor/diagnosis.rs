//! Why a service ended, in words, with the remedy where one is known.

use std::time::{Duration, Instant};

use super::status;
use crate::control::protocol::LogLine;
use crate::services::{gateway, ide, singleuser};
use crate::sys::cgroup;
use crate::sys::wait::Ending;

/// What the kernel says about memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// It has just killed a process for want of it.
    Short,
    /// It has not.
    Enough,
    /// It does not say.
    Unknown,
}

/// What was last known of processes that the kernel killed for want of memory.
#[derive(Debug)]
pub struct Oom {
    count: Option<u64>,
    grew: Option<Instant>,
}

/// For how long a kill for want of memory explains others: it often takes more than one.
const EXPLAINS: Duration = Duration::from_secs(1);

impl Default for Oom {
    fn default() -> Self {
        Oom { count: cgroup::oom_kills(), grew: None }
    }
}

impl Oom {
    /// Asks the kernel.
    pub fn look(&mut self) -> Memory {
        self.take(cgroup::oom_kills(), Instant::now())
    }

    fn take(&mut self, count: Option<u64>, now: Instant) -> Memory {
        let before = std::mem::replace(&mut self.count, count);
        if before.is_some() && count > before {
            self.grew = Some(now);
        }
        match count {
            None => Memory::Unknown,
            Some(_) if self.grew.is_some_and(|at| now - at < EXPLAINS) => Memory::Short,
            Some(_) => Memory::Enough,
        }
    }
}

const MORE_MEMORY: &str = "give it more (docker run --memory; JupyterHub: Spawner.mem_limit; \
    Kubernetes: resources.limits.memory), or look for what uses it";

/// How many of the last lines may tell why.
const LAST_LINES: usize = 20;

/// What programs say before they end, and what to do about it.
const REMEDIES: [(&str, &str); 8] = [
    (
        "heap out of memory",
        "it ran out of memory: start node with a larger --max-old-space-size, \
      or open fewer and smaller projects",
    ),
    ("Cannot allocate memory", "there was no memory for it: raise the container's limit"),
    ("ENOMEM", "there was no memory for it: raise the container's limit"),
    ("file watchers reached", "raise fs.inotify.max_user_watches on the host (sysctl)"),
    ("ENOSPC", "the disk is full: make room in the home or in /tmp"),
    ("No space left on device", "the disk is full: make room in the home or in /tmp"),
    ("EMFILE", "too many files are open: raise the limit (docker run --ulimit nofile)"),
    ("Cannot find module", "a part of it is not installed where the command says"),
];

/// How a service ended, for the log and for clients. `lines` are those that its last process
/// printed.
pub fn in_words(service: &str, ending: Ending, memory: Memory, lines: &[LogLine]) -> String {
    let how = match (ending, memory) {
        (Ending::Signal(libc::SIGKILL), Memory::Short) => {
            return format!("was killed, as the container ran out of memory: {MORE_MEMORY}");
        }
        (Ending::Signal(libc::SIGKILL), Memory::Unknown) => {
            return format!(
                "was killed (SIGKILL): if nobody did that, the container ran out of memory: \
                 {MORE_MEMORY}"
            );
        }
        _ => status::in_words(ending),
    };
    match remedy(service, ending, lines) {
        Some(remedy) => format!("{how} ({remedy})"),
        None => how,
    }
}

fn remedy(service: &str, ending: Ending, lines: &[LogLine]) -> Option<String> {
    let is_its_own_doing = match ending {
        Ending::Code(code) => code != 0,
        Ending::Signal(number) => ![libc::SIGTERM, libc::SIGINT, libc::SIGKILL].contains(&number),
    };
    let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).filter(|_| is_its_own_doing)?;
    let said = |words: &str| last.iter().rev().find(|line| line.text.contains(words));
    let jupyters = || last.iter().rev().find(|line| port_of_jupyter(&line.text).is_some());
    let taken = said("EADDRINUSE").or_else(|| said("ddress already in use")).or_else(jupyters);
    if let Some(line) = taken {
        return Some(port_in_use(service, &line.text));
    }
    let known = REMEDIES.iter().find(|(words, _)| said(words).is_some());
    known.map(|(_, remedy)| (*remedy).to_owned())
}

fn port_in_use(service: &str, line: &str) -> String {
    let last = || line.rsplit(':').find_map(|part| part.trim().parse::<u16>().ok());
    let port = port_of_jupyter(line).or_else(last);
    let port = port.map(|port| format!(" {port}")).unwrap_or_default();
    let setting = match service {
        ide::NAME => "set WAIIDE_IDE_PORT (--ide-port) to another",
        singleuser::NAME => "have the spawner give another (c.Spawner.port)",
        gateway::NAME => "set WAIIDE_PORT (--port) to another",
        _ => "give it another",
    };
    format!("another process has its port{port}: stop that one, or {setting}")
}

/// "The port 8888 is already in use." (serverapp.py of jupyter_server)
fn port_of_jupyter(line: &str) -> Option<u16> {
    let (_, behind) = line.split_once("The port ")?;
    behind.split_once(" is already in use")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { seq: 0, at: String::new(), service: "ide".into(), text: text.into() }
    }

    #[test]
    fn a_port_in_use_is_named_with_the_setting() {
        for text in [
            "Error: listen EADDRINUSE: address already in use 127.0.0.1:8071",
            "OSError: [Errno 98] Address already in use: ('127.0.0.1', 8071)",
        ] {
            let said = in_words("ide", Ending::Code(1), Memory::Enough, &[line(text)]);
            assert!(said.contains("another process has its port"), "{said}");
            assert!(said.contains("WAIIDE_IDE_PORT"), "{said}");
        }
        assert!(port_in_use("ide", "use 127.0.0.1:8071").contains("its port 8071"));
        let jupyters = "[I 2026-11-29 23:40:37.399 ServerApp] The port 8888 is already in use.";
        let said = in_words("singleuser", Ending::Code(1), Memory::Enough, &[line(jupyters)]);
        assert!(said.contains("its port 8888") && said.contains("c.Spawner.port"), "{said}");
        let others = line("the lock file is already in use by process 1234");
        assert_eq!(
            in_words("db", Ending::Code(1), Memory::Enough, &[others]),
            "exited with code 1"
        );
    }

    #[test]
    fn memory_is_blamed_where_the_kernel_says_so_and_not_where_it_does_not() {
        let killed = Ending::Signal(libc::SIGKILL);
        let words = |memory| in_words("ide", killed, memory, &[]);
        assert!(words(Memory::Short).contains("ran out of memory"));
        assert!(words(Memory::Unknown).contains("if nobody did that"));
        assert_eq!(words(Memory::Enough), "was ended by SIGKILL");
        let begin = Instant::now();
        let mut oom = Oom { count: Some(1), grew: None };
        assert_eq!(oom.take(Some(1), begin), Memory::Enough);
        assert_eq!(oom.take(Some(2), begin), Memory::Short);
        assert_eq!(oom.take(Some(2), begin), Memory::Short, "another of the same moment");
        assert_eq!(oom.take(Some(2), begin + EXPLAINS), Memory::Enough);
        assert_eq!(oom.take(None, begin), Memory::Unknown);
    }

    #[test]
    fn only_its_own_last_words_explain_an_end() {
        let lines = |after: usize| {
            let rest = (0..after).map(|number| line(&number.to_string()));
            [line("ENOSPC")].into_iter().chain(rest).collect::<Vec<_>>()
        };
        let words = |ending, after| in_words("ide", ending, Memory::Enough, &lines(after));
        assert!(words(Ending::Code(1), LAST_LINES - 1).contains("disk is full"));
        assert_eq!(words(Ending::Code(1), LAST_LINES), "exited with code 1");
        assert_eq!(words(Ending::Signal(libc::SIGTERM), 0), "was ended by SIGTERM");
        assert!(words(Ending::Signal(libc::SIGABRT), 0).contains("disk is full"));
    }

    #[test]
    fn a_good_end_needs_no_remedy() {
        let lines = [line("ENOSPC")];
        assert_eq!(in_words("ide", Ending::Code(0), Memory::Enough, &lines), "exited with code 0");
        assert!(in_words("ide", Ending::Code(1), Memory::Enough, &lines).contains("disk is full"));
    }
}
