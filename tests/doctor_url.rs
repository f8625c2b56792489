//! `waiide-init doctor --url`, against a site on loopback that does what no proper one would.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

const TOKEN: &str = "s3cret-token";
const WORKBENCH: &str = "<!doctype html><meta id=\"vscode-workbench-web-configuration\" \
    data-settings=\"{&quot;webviewEndpoint&quot;:&quot;pre&quot;}\">";

/// A site that answers each request by what `serve` makes of its head.
struct Site {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn start(serve: impl Fn(&str) -> String + Send + Sync + 'static) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (heads, serve) = (Arc::<Mutex<Vec<_>>>::default(), Arc::new(serve));
        let kept = heads.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, serve) = (kept.clone(), serve.clone());
                std::thread::spawn(move || answer(stream, &kept, &*serve));
            }
        });
        Site { url, heads }
    }

    /// The heads of all requests that came.
    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, kept: &Mutex<Vec<String>>, serve: &dyn Fn(&str) -> String) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    kept.lock().unwrap().push(head.clone());
    let _ = stream.write_all(serve(&head).as_bytes());
}

fn page(lines: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n{lines}\r\n{body}")
}

fn redirect(to: &str, lines: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n{lines}\r\n"
    )
}

fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

fn run(args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waiide-init"));
    let command = command.args(["doctor", "--url"]).args(args).env_clear();
    command.envs(variables.iter().copied()).output().unwrap()
}

/// The report, and whether something is broken. No token is ever in it.
fn ask(url: &str, variables: &[(&str, &str)]) -> (serde_json::Value, bool) {
    let output = run(&[url, "--json"], variables);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(TOKEN), "{text}");
    let code = output.status.code().unwrap();
    assert!(code < 2, "{code} {}", String::from_utf8_lossy(&output.stderr));
    (serde_json::from_str(&text).unwrap(), code == 1)
}

/// "level about" of what is not well.
fn troubles(report: &serde_json::Value) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let bad = findings.filter(|finding| finding["level"] != "ok");
    bad.map(|it| format!("{} {}", text(&it["level"]), text(&it["about"]))).collect()
}

#[test]
fn a_token_goes_to_the_origin_that_it_is_for_and_to_no_other() {
    let other = Site::start(|_| page("", "somebody else's"));
    let target = format!("{}?code=s3cret-code", other.url);
    let site = Site::start(move |_| redirect(&target, ""));
    let (report, _) = ask(&site.url, &[("WAIIDE_TOKEN", TOKEN)]);
    let bearer = format!("authorization: Bearer {TOKEN}");
    assert!(site.heads().iter().all(|head| head.contains(&bearer)), "{:?}", site.heads());
    assert!(!other.heads().is_empty());
    assert!(other.heads().iter().all(|head| !head.contains(TOKEN)), "{:?}", other.heads());
    assert_eq!(report["way"][1]["url"], format!("{}?…", other.url));
}

#[test]
fn cookies_and_what_a_browser_says_of_itself_go_along() {
    let site = Site::start(|head| match head.contains("cookie: a=b") {
        true => page("", WORKBENCH),
        false => redirect("/", "Set-Cookie: a=b; Path=/; HttpOnly\r\n"),
    });
    let (report, _) = ask(&site.url, &[]);
    assert_eq!(report["way"].as_array().unwrap().len(), 2, "{report}");
    let heads = site.heads();
    assert!(heads[0].contains("sec-fetch-mode: navigate") && heads[0].contains("text/html"));
    let socket = heads.iter().find(|head| head.contains("Upgrade: websocket")).unwrap();
    let origin = format!("Origin: {}", site.url.trim_end_matches('/'));
    assert!(socket.contains(&origin) && socket.contains("cookie: a=b"), "{socket}");
    assert!(path(socket).starts_with("/?reconnectionToken="), "{socket}");
}

#[test]
fn redirects_end_whether_they_go_round_or_on() {
    let round = Site::start(|head| redirect(if path(head) == "/" { "/a" } else { "/" }, ""));
    let on = Site::start(|head| redirect(&format!("{}a", path(head)), ""));
    for site in [round, on] {
        let (report, is_broken) = ask(&site.url, &[]);
        assert!(is_broken && troubles(&report) == ["broken way"], "{report}");
        assert!(site.heads().len() < 20);
    }
}

#[test]
fn what_is_no_http_and_what_does_not_end_is_told_in_words() {
    let junk = Site::start(|_| "SSH-2.0-OpenSSH\r\n\r\n".into());
    let (report, is_broken) = ask(&junk.url, &[]);
    assert!(is_broken && troubles(&report) == ["broken way"], "{report}");
    let large = Site::start(|_| page("", &(WORKBENCH.to_owned() + &"x".repeat(8_000_000))));
    let (report, _) = ask(&large.url, &[]);
    assert!(report["findings"].to_string().contains("is the IDE"), "{report}");
    let cut = Site::start(|_| "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx".into());
    assert_eq!(ask(&cut.url, &[]).0["way"][0]["status"], 200);
}

#[test]
fn an_ide_without_our_gateway_is_judged_by_what_arrives() {
    let off = "Permissions-Policy: microphone=()\r\n";
    let site = Site::start(move |head| match path(head) {
        "/api/voice-check" => page(off, "{\"sent\": \"nonsense\"}"),
        _ => page(off, WORKBENCH),
    });
    let (report, is_broken) = ask(&site.url, &[]);
    assert!(is_broken, "{report}");
    assert_eq!(troubles(&report), ["broken websocket", "broken policy"]);
    assert_eq!(report["headers"][0]["change"], "unknown");
    assert!(report["headers"][0]["sent"].is_null() && report["headers"][0]["by"].is_null());
}

#[test]
fn an_address_that_can_t_be_used_ends_with_2_and_names_what_and_why() {
    for (url, part) in [
        ("hub.example.com/user/alice", "give it as it stands in the browser"),
        ("ftp://hub.example.com/", "not by ftp://"),
        ("https://alice:s3cret-token@hub.example.com/?token=s3cret-token", "before the @"),
    ] {
        let output = run(&[url], &[("WAIIDE_NONSENSE", "x")]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("--url ") && said.contains(part), "{said}");
        assert!(!said.contains(TOKEN) && output.stdout.is_empty(), "{said}");
    }
}
