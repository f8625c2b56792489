//! Nobody reads what the container prints, or not now: nothing waits for them.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::harness::{Container, IDE, Spec, wait_for};

/// Answers as the usual one does, and prints numbered lines all the time.
fn talkative() -> String {
    let talk = "import itertools, threading\ndef talk():\n    \
        for number in itertools.count(): print('number', number, 'x' * 100, flush=True)\n\
        threading.Thread(target=talk, daemon=True).start()\n";
    format!("{talk}{IDE}")
}

/// Everything works, and at once.
fn assert_serves(container: &Container) {
    let began = Instant::now();
    assert!(container.output_as(0, "$INIT status").status.success());
    assert_eq!(container.get("/x"), "ide /x 200");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

fn assert_survives(redirection: &str) {
    let start = format!("exec \"$@\" {redirection}");
    let spec = Spec::with_ide_python(&talkative(), &[]).through(&["sh", "-c", &start, "--"]);
    let mut container = spec.start();
    container.wait_until_healthy();
    assert_serves(&container);
    let ide = container.pid_of("ide");
    assert!(container.sh("$INIT logs ide --lines 1").contains("number"));
    container.sh(&format!("kill -9 {ide}"));
    container.wait_for_another("ide", ide);
    container.wait_until_healthy();
    container.signal(Signal::SIGTERM);
    assert_eq!(container.wait().0, 0, "{redirection}");
}

#[test]
fn standard_output_that_is_closed_from_the_start() {
    assert_survives(">&-");
}

#[test]
fn all_three_closed_from_the_start() {
    assert_survives("<&- >&- 2>&-");
}

#[test]
fn a_full_device() {
    assert_survives(">/dev/full 2>&1");
}

#[test]
fn a_reader_that_stops_and_goes_on_later_misses_lines_and_is_told() {
    let (container, mut output) = Spec::with_ide_python(&talkative(), &[]).start_piped();
    container.wait_until_healthy();
    let printed = || {
        let last = container.sh("$INIT logs ide --lines 1");
        last.split_whitespace().filter_map(|word| word.parse::<u64>().ok()).next_back()
    };
    // Far more than the pipe and any queue hold: the services were never held up.
    wait_for("many lines", || printed().filter(|number| *number > 60_000));
    assert_serves(&container);
    let seen = AtomicU64::new(0);
    let now = printed().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut text, mut buffer) = (String::new(), [0; 65536]);
            let (mut was_told, began) = (false, Instant::now());
            while seen.load(Ordering::Relaxed) <= now || !was_told {
                assert!(
                    began.elapsed() < Duration::from_secs(30),
                    "told of lost lines: {was_told}"
                );
                let read = output.read(&mut buffer).unwrap();
                text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                let whole = text.rfind('\n').map_or(0, |at| at + 1);
                for line in text.drain(..whole).collect::<String>().lines() {
                    let line: serde_json::Value = serde_json::from_str(line).expect(line);
                    let message = line["message"].as_str().unwrap();
                    was_told |= message.contains("lines were dropped");
                    let number = message.split(' ').nth(1).and_then(|word| word.parse().ok());
                    seen.fetch_max(number.unwrap_or(0), Ordering::Relaxed);
                }
            }
        });
    });
    assert!(seen.load(Ordering::Relaxed) > now);
    assert_serves(&container);
    assert!(container.fact("VmRSS") < 64 * 1024, "{} kB", container.fact("VmRSS"));
}

#[test]
fn a_reader_that_never_reads_does_not_hold_the_end_up() {
    let (mut container, _unread) = Spec::with_ide_python(&talkative(), &[]).start_piped();
    container.wait_until_healthy();
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(4), "{took:?}");
}
