//! What can be seen of a container from outside, and through its own `status`.

use std::fs;

use serde_json::Value;

use super::{Container, text, wait_for};

fn find(status: &str, name: &str) -> Option<Value> {
    let status: Value = serde_json::from_str(status).ok()?;
    status["services"].as_array()?.iter().find(|each| each["name"] == name).cloned()
}

impl Container {
    /// A service as `status --json` has it.
    pub fn service(&self, name: &str) -> Value {
        self.status_in(name, "")
    }

    /// The same, with further arguments for `status`.
    pub fn status_in(&self, name: &str, args: &str) -> Value {
        let status = self.sh(&format!("$INIT status --json {args}"));
        find(&status, name).expect(&status)
    }

    /// Waits until a service is as `is_so` wants it; returns what `status` says then.
    pub fn wait_for_service(&self, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        wait_for(&format!("a state of {name}"), || {
            // It may have only just been started.
            find(&self.sh("$INIT status --json"), name).filter(|status| is_so(status))
        })
    }

    /// Waits until a service has another process than this one.
    pub fn wait_for_another(&self, name: &str, pid: i32) -> i32 {
        let changed =
            |status: &Value| status["pid"].as_i64().is_some_and(|now| now != i64::from(pid));
        let status = self.wait_for_service(name, changed);
        i32::try_from(status["pid"].as_i64().unwrap()).unwrap()
    }

    /// A line of PID 1's `/proc/<pid>/status`, without its name and unit.
    pub fn fact(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect(&status);
        let number = line.trim_start_matches(':').split_whitespace().next().unwrap();
        number.parse().unwrap_or_else(|_| u64::from_str_radix(number, 16).unwrap())
    }

    /// Sets a soft limit of PID 1's, as an option of prlimit(1) has it. PID 1's own user may do so
    /// within the hard one; root may not everywhere (CAP_SYS_RESOURCE).
    pub fn limit(&self, limit: &str) {
        let user = self.fact("Uid");
        let set =
            format!("setpriv --reuid={user} --regid=100 --clear-groups prlimit --pid 1 {limit}:");
        let output = self.output_as(0, &set);
        assert!(output.status.success(), "{limit}: {}", text(&output.stderr));
    }

    /// How many descriptors PID 1 has open.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid)).unwrap().count()
    }

    /// PID 1's children that have ended and were not reaped.
    pub fn zombies(&self) -> usize {
        let children = format!("/proc/{0}/task/{0}/children", self.pid);
        let children = fs::read_to_string(children).unwrap_or_default();
        let is_zombie = |pid: &&str| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'))
        };
        children.split_whitespace().filter(is_zombie).count()
    }

    /// A GET through the gateway: the status and the body.
    pub fn get(&self, path: &str) -> String {
        self.sh(&format!(
            "curl -s -m 5 -w ' %{{http_code}}' http://127.0.0.1:8070{path} || echo ' curl: '$?"
        ))
    }
}
