//! What the container's control group tells (cgroups(7), and the kernel's cgroup-v2.rst and
//! cgroup-v1/memory.rst).

use std::fs;

/// How many processes of this group the kernel has killed for want of memory; none where it does
/// not say.
pub fn oom_kills() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let files = groups.lines().flat_map(|line| files_of(line).unwrap_or_default());
    files.filter_map(|file| fs::read_to_string(file).ok()).find_map(|text| count(&text))
}

/// Where the count may stand for a line of /proc/self/cgroup: in the group's own directory, or at
/// the top, where a container that has a cgroup namespace sees itself.
fn files_of(line: &str) -> Option<Vec<String>> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?.trim_end_matches('/'));
    let (top, file) = match controllers {
        "" => ("/sys/fs/cgroup", "memory.events"),
        _ if controllers.split(',').any(|name| name == "memory") => {
            ("/sys/fs/cgroup/memory", "memory.oom_control")
        }
        _ => return None,
    };
    Some(vec![format!("{top}{path}/{file}"), format!("{top}/{file}")])
}

fn count(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_understood() {
        assert_eq!(count("low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 0\n"), Some(2));
        assert_eq!(count("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"), Some(1));
        assert_eq!(
            files_of("0::/a/b").unwrap(),
            ["/sys/fs/cgroup/a/b/memory.events", "/sys/fs/cgroup/memory.events"]
        );
        assert!(files_of("9:name=systemd:/a").is_none());
        assert!(files_of("4:memory:/").unwrap()[0].ends_with("memory/memory.oom_control"));
    }
}
