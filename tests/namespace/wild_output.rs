//! Output that is no text, or no line.

use crate::harness::{Spec, wait_at_most, wait_for};

const LONG: &str = r#"
import sys, time
for _ in range(50): sys.stdout.write('x' * 1_000_000)
sys.stdout.write('\nafter the long line\n')
sys.stdout.flush()
time.sleep(1000)
"#;

#[test]
fn a_line_of_50_mb_comes_whole_in_pieces_and_is_never_held_in_memory() {
    let container = Spec::with_ide_python(LONG, &[]).start();
    container.wait_for_log("gateway is ready");
    let patience = std::time::Duration::from_secs(60);
    wait_at_most(patience, "the line after it", || {
        assert!(container.output_as(0, "$INIT status").status.success());
        container.sh("$INIT logs ide --lines 1").contains("after the long line").then_some(())
    });
    container.wait_for_log("after the long line");
    let log = container.log();
    let pieces = log.lines().filter(|line| line.contains("\"message\":\"xx"));
    let whole: usize = pieces.map(|line| line.matches("x").count()).sum();
    assert_eq!(whole, 50_000_000);
    // The kept lines are at most 2000 pieces of 16 kB, and the queue a megabyte.
    assert!(container.fact("VmHWM") < 80 * 1024, "{} kB", container.fact("VmHWM"));
}

#[test]
fn bytes_that_are_no_text_become_lines_of_json_all_the_same() {
    let script = r"printf 'a\000b\n'; printf '\377\376\n'; printf '\303'; sleep 0.1; printf '\274\n'
        printf '\033[31mred\033[0m\r\n'; printf '\342\202\n'; printf 'no end'; echo done >&2
        exec sleep 1000";
    let container = Spec::with_ide_script(script, &[]).start();
    container.wait_for_log("\"done\"");
    let messages = wait_for("the last of them", || {
        let log = container.log();
        let lines = log.lines().map(|line| serde_json::from_str(line).expect(line));
        let of_ide = |line: &serde_json::Value| line["service"] == "ide";
        let lines: Vec<serde_json::Value> = lines.filter(of_ide).collect();
        let texts: Vec<_> =
            lines.iter().map(|l| l["message"].as_str().unwrap().to_owned()).collect();
        texts.iter().any(|text| text.starts_with('\u{1b}')).then_some(texts)
    });
    for expected in ["a\0b", "\u{fffd}\u{fffd}", "\u{fc}", "\u{1b}[31mred\u{1b}[0m", "\u{fffd}"] {
        assert!(messages.iter().any(|message| message == expected), "{expected:?}: {messages:?}");
    }
    // `status` and `logs` go on, and what has no end is shown when the service ends.
    assert!(container.sh("$INIT logs ide").contains("red"));
    container.sh(&format!("kill {}", container.pid_of("ide")));
    container.wait_for_log("\"no end\"");
}
