//! A control group for a container, whichever version the machine has (cgroups(7)).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::wait_for;

const ROOT: &str = "/sys/fs/cgroup";

/// A group with one limit, or one that can be frozen. It goes with its value, which has to outlive
/// the container.
pub struct Cgroup(PathBuf);

impl Cgroup {
    /// A group whose processes may use this many bytes together, swap included.
    pub fn with_memory(bytes: u64) -> Self {
        let group = Cgroup::make("memory");
        let limits = match group.0.join("memory.max").exists() {
            true => [("memory.max", bytes), ("memory.swap.max", 0)],
            false => [("memory.limit_in_bytes", bytes), ("memory.memsw.limit_in_bytes", bytes)],
        };
        let [(main, bytes), (swap, other)] = limits;
        fs::write(group.0.join(main), bytes.to_string()).unwrap();
        // Not every kernel accounts for swap; a machine without any needs it the least.
        let _ = fs::write(group.0.join(swap), other.to_string());
        group
    }

    /// A group whose processes can be frozen, as `docker pause` does it.
    pub fn with_freezer() -> Self {
        Cgroup::make("freezer")
    }

    /// Freezes its processes, and waits until they are.
    pub fn freeze(&self) {
        self.set("1", "FROZEN");
        wait_for("the group to be frozen", || {
            let (unified, other) = (self.read("cgroup.events"), self.read("freezer.state"));
            (unified.contains("frozen 1") || other.trim() == "FROZEN").then_some(())
        });
    }

    /// Lets them go on.
    pub fn thaw(&self) {
        self.set("0", "THAWED");
    }

    /// Whether no process is in it.
    pub fn is_empty(&self) -> bool {
        self.read("cgroup.procs").is_empty()
    }

    fn set(&self, unified: &str, other: &str) {
        match self.0.join("cgroup.freeze") {
            file if file.exists() => fs::write(file, unified),
            _ => fs::write(self.0.join("freezer.state"), other),
        }
        .unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap_or_default()
    }

    /// The shell command by which a process puts itself into it, for `Spec::prepare`.
    pub fn enter(&self) -> String {
        format!("echo 0 > {}/cgroup.procs", self.0.display())
    }

    fn make(controller: &str) -> Self {
        let root = Path::new(ROOT);
        let is_unified = root.join("cgroup.controllers").exists();
        let parent = if is_unified { root.to_owned() } else { root.join(controller) };
        if is_unified {
            let _ = fs::write(root.join("cgroup.subtree_control"), format!("+{controller}"));
        }
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("waiide-test-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap_or_else(|error| {
            panic!("{}: {error}: these tests need a writable {controller} cgroup", path.display())
        });
        Cgroup(path)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Its last process may still be on its way out.
        if !std::thread::panicking() {
            wait_for("the group to be empty", || fs::remove_dir(&self.0).ok());
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
        let _ = fs::remove_dir(&self.0);
    }
}
