//! No more descriptors are to be had, in the process or on the whole machine.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Container, Spec};

/// Time that PID 1 has spent computing, in hundredths of a second.
fn computed(container: &Container) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", container.pid)).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn without_descriptors_a_service_waits_and_pid_1_neither_ends_nor_spins() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let (ide, gateway) = (container.pid_of("ide"), container.pid_of("gateway"));
    container.limit("--nofile=4");
    container.sh(&format!("kill -9 {ide}"));
    container.wait_for_log("Too many open files");
    let (began, before) = (Instant::now(), computed(&container));
    // A client that can't be let in must not make it try without end.
    container.sh("timeout 1.5 $INIT status");
    let spent = computed(&container) - before;
    let share = spent as f64 / 100.0 / began.elapsed().as_secs_f64();
    assert!(share < 0.3, "{share} of the time");
    assert_eq!(container.zombies(), 0);
    container.limit("--nofile=1024");
    container.wait_until_healthy();
    assert_eq!(container.pid_of("gateway"), gateway);
}

#[test]
fn what_to_do_about_a_lack_of_descriptors_is_told() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let ide = container.pid_of("ide");
    container.limit("--nofile=4");
    container.sh(&format!("kill -9 {ide}"));
    container.wait_for_log("Too many open files");
    let log = container.log();
    let line = log.lines().find(|line| line.contains("Too many open files")).unwrap();
    assert!(line.contains("limit") && !line.contains("see the reason"), "no remedy: {line}");
}

/// Makes a system call of PID 1's fail. strace(1) lets go of it when it is ended.
struct Fault(Child);

impl Fault {
    fn inject(container: &Container, call: &str, error: &str) -> Fault {
        let mut strace = Command::new("strace")
            .args(["-q", "-o", "/dev/null", "-e", &format!("trace={call}")])
            .args(["-e", &format!("inject={call}:error={error}")])
            .args(["-p", &container.pid.to_string()])
            .stderr(Stdio::inherit())
            .spawn()
            .expect("strace(1) is needed: install the package strace");
        crate::harness::wait_for("strace to be attached", || {
            assert!(strace.try_wait().unwrap().is_none(), "strace could not attach");
            (container.fact("TracerPid") != 0).then_some(())
        });
        Fault(strace)
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(self.0.id() as i32);
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::SIGTERM);
        let _ = self.0.wait();
    }
}

#[test]
fn a_machine_without_descriptors_is_told_and_status_still_answers() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let ide = container.pid_of("ide");
    let fault = Fault::inject(&container, "pipe2", "ENFILE");
    container.sh(&format!("kill -9 {ide}"));
    container.wait_for_log("Too many open files in system");
    let told = container.service("ide")["last_exit"]["message"].to_string();
    assert!(told.contains("Too many open files in system"), "{told}");
    drop(fault);
    container.wait_until_healthy();
}

#[test]
fn clients_that_cannot_be_accepted_are_accepted_later() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let fault = Fault::inject(&container, "accept4", "ENFILE");
    let waiting = std::thread::scope(|scope| {
        let asked = scope.spawn(|| container.output_as(0, "$INIT status"));
        std::thread::sleep(Duration::from_millis(500));
        drop(fault);
        asked.join().unwrap()
    });
    assert!(waiting.status.success());
    container.wait_until_healthy();
}
