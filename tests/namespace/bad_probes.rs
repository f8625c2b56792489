//! An IDE that takes connections and does not answer as it should: it is not ready, the reason is
//! told, and nothing else suffers.

use crate::harness::{Container, Spec, wait_for};

/// A listener on the IDE's port; `serve` gets each connection, in a thread of its own.
fn listener(serve: &str) -> String {
    format!(
        "import socket, threading, time\n\
         kept = []\n\
         def serve(c):\n    {}\n\
         listener = socket.create_server(('127.0.0.1', 8071), backlog=100)\n\
         while True:\n    \
             c, _ = listener.accept()\n    \
             threading.Thread(target=serve, args=(c,), daemon=True).start()\n",
        serve.replace('\n', "\n    ")
    )
}

fn assert_not_ready(serve: &str, reason: &str) -> Container {
    let container = Spec::with_ide_python(&listener(serve), &[]).start();
    container.wait_for_service("gateway", |gateway| gateway["ready"] == true);
    let ide = container.wait_for_service("ide", |ide| {
        ide["detail"].as_str().is_some_and(|detail| detail.contains(reason))
    });
    assert_eq!((&ide["ready"], ide["state"].as_str()), (&false.into(), Some("starting")));
    let health = container.output_as(0, "$INIT healthcheck");
    assert_eq!(health.status.code(), Some(1));
    let told = String::from_utf8(health.stdout).unwrap();
    assert!(told.contains("127.0.0.1:8071") && told.contains(reason), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    let api = container.get("/api/health");
    assert!(api.contains("starting") && api.ends_with(" 503"), "{api}");
    assert!(container.get("/api").ends_with(" 200"));
    assert!(container.sh("$INIT status").contains(reason));
    container
}

#[test]
fn one_that_never_says_a_word() {
    assert_not_ready("kept.append(c)", "did not answer within");
}

#[test]
fn one_that_says_a_byte_a_second() {
    let trickle = "for byte in b'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nwell then':\n    \
                   c.send(bytes([byte])); time.sleep(1)";
    assert_not_ready(trickle, "did not answer within");
}

#[test]
fn one_that_says_the_head_at_once_and_its_body_never() {
    let head = "c.recv(9999); c.send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\n'); kept.append(c)";
    assert_not_ready(head, "did not answer within");
}

#[test]
fn one_that_answers_500() {
    let error = "c.recv(9999); c.send(b'HTTP/1.1 500 No\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n'); c.close()";
    assert_not_ready(error, "answered 500");
}

#[test]
fn one_that_hangs_up() {
    assert_not_ready("c.recv(9999); c.close()", "not HTTP");
}

#[test]
fn one_that_resets_the_connection() {
    let reset = "import struct\nc.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()";
    assert_not_ready(reset, "127.0.0.1:8071");
}

#[test]
fn one_that_speaks_something_else_without_end() {
    let flood = "while True: c.send(b'SSH-2.0-none ' * 1000)";
    let container = assert_not_ready(flood, "not HTTP");
    // Of what never ends, only so much is read.
    let gateway = container.pid_of("gateway");
    let rss = container.sh(&format!("awk '/VmHWM/ {{print $2}}' /proc/{gateway}/status"));
    assert!(rss.trim().parse::<u64>().unwrap() < 64 * 1024, "{rss}");
}

/// An IDE that can't have its port, and starts a helper that hides from other processes first, as
/// an ssh-agent does.
const BESIDE_A_HIDDEN_ONE: &str = r#"
import ctypes, os, time
if os.fork() == 0:
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
time.sleep(1000)
"#;

#[test]
fn somebody_elses_server_on_its_port_beside_a_process_that_cannot_be_looked_into() {
    let other = "cd /; /usr/bin/python3 -m http.server --bind 127.0.0.1 8071 >/dev/null 2>&1 &
        until (echo > /dev/tcp/127.0.0.1/8071) 2>/dev/null; do sleep 0.05; done";
    let hook = format!(
        "mkdir -p /etc/waiide/user.d; printf '#!/bin/bash\\n%s\\n' '{other}' > /etc/waiide/user.d/1
         chmod 755 /etc/waiide/user.d/1"
    );
    let container = Spec::with_ide_python(BESIDE_A_HIDDEN_ONE, &[]).prepare(&hook).start();
    container.wait_for_service("ide", |ide| {
        let told = ide["detail"].as_str();
        told.is_some_and(|told| told.contains("port 8071 is held by another process (pid"))
    });
    // Whoever asks the API hears the same.
    wait_for("the API's word of it", || {
        container.get("/api/health").contains("port 8071 is held").then_some(())
    });
}

/// It answers, with 404: it knows no /version.
#[test]
fn an_ide_of_another_kind_is_ready_once_it_answers() {
    let files = "from http.server import SimpleHTTPRequestHandler, test\n\
                 test(SimpleHTTPRequestHandler, bind='127.0.0.1', port=8071)";
    let container = Spec::with_ide_python(files, &[]).start();
    container.wait_until_healthy();
    assert!(container.get("/version").ends_with(" 404"));
}
