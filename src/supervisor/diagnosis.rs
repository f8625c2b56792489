//! Why a service ended, in words, with the remedy where one is known.

use super::status;
use crate::control::protocol::LogLine;
use crate::services::{ide, singleuser};
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

/// Compares the count of processes killed for want of memory with what it was.
pub fn memory(before: Option<u64>, now: Option<u64>) -> Memory {
    match (before, now) {
        (Some(before), Some(now)) if now > before => Memory::Short,
        (Some(_), Some(_)) => Memory::Enough,
        _ => Memory::Unknown,
    }
}

const MORE_MEMORY: &str = "give it more (docker run --memory; JupyterHub: Spawner.mem_limit; \
    Kubernetes: resources.limits.memory), or look for what uses it";

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
    if ending == Ending::Code(0) {
        return None;
    }
    let said = |words: &str| lines.iter().rev().find(|line| line.text.contains(words));
    if let Some(line) = said("EADDRINUSE").or_else(|| said("ddress already in use")) {
        return Some(port_in_use(service, &line.text));
    }
    let known = REMEDIES.iter().find(|(words, _)| said(words).is_some());
    known.map(|(_, remedy)| (*remedy).to_owned())
}

fn port_in_use(service: &str, line: &str) -> String {
    let port = line.rsplit(':').find_map(|part| part.trim().parse::<u16>().ok());
    let port = port.map(|port| format!(" {port}")).unwrap_or_default();
    let setting = match service {
        ide::NAME => "set WAIIDE_IDE_PORT (--ide-port) to another",
        singleuser::NAME => "set WAIIDE_PORT (--port) to another",
        _ => "give it another",
    };
    format!("another process has its port{port}: stop that one, or {setting}")
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
    }

    #[test]
    fn memory_is_blamed_where_the_kernel_says_so_and_not_where_it_does_not() {
        let killed = Ending::Signal(libc::SIGKILL);
        let words = |memory| in_words("ide", killed, memory, &[]);
        assert!(words(Memory::Short).contains("ran out of memory"));
        assert!(words(Memory::Unknown).contains("if nobody did that"));
        assert_eq!(words(Memory::Enough), "was ended by SIGKILL");
        assert_eq!(memory(Some(1), Some(2)), Memory::Short);
        assert_eq!(memory(Some(2), Some(2)), Memory::Enough);
        assert_eq!(memory(None, Some(2)), Memory::Unknown);
    }

    #[test]
    fn a_good_end_needs_no_remedy() {
        let lines = [line("ENOSPC")];
        assert_eq!(in_words("ide", Ending::Code(0), Memory::Enough, &lines), "exited with code 0");
        assert!(in_words("ide", Ending::Code(1), Memory::Enough, &lines).contains("disk is full"));
    }
}
