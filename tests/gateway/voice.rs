//! `/api/voice-check`: what it says is sent is what it sends, and the page has its frames.

use crate::support::backend::{Backend, values};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

#[test]
fn what_it_says_is_sent_is_what_it_sends() {
    let (control, backend) = (Control::ready(), Backend::hello());
    for policy in [Some("microphone=(self)"), None] {
        let mut config = config(&control, backend.address);
        config.permissions_policy = policy.map(str::to_owned);
        let reply = Gateway::start(&config).get("/api/voice-check");
        let said = reply.json();
        let sent = said["sent"].as_object().unwrap();
        assert!(sent.len() >= 5);
        assert_eq!(sent["permissions-policy"].as_str(), policy);
        for (name, value) in sent {
            let lines = values(&reply.head, name);
            assert_eq!(lines, value.as_str().into_iter().collect::<Vec<_>>(), "{name}");
        }
    }
}

#[test]
fn what_reached_it_is_told_as_it_came() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    let head = "GET /api/voice-check HTTP/1.1\r\nHost: localhost:1\r\nX-Forwarded-Proto: https\r\n\
                X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.2\r\nCookie: a=b\r\n";
    let said = gateway.ask(head).json();
    assert_eq!(said["received"]["host"], "localhost:1");
    assert_eq!(said["received"]["x-forwarded-proto"], "https");
    assert_eq!(said["received"]["x-forwarded-for"], "10.0.0.1, 10.0.0.2");
    assert!(said["received"]["x-real-ip"].is_null() && said["received"].get("cookie").is_none());
}

#[test]
fn a_browser_gets_the_page_and_frames_that_only_we_frame() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    let page = gateway.navigate("/api/voice-check");
    assert!(page.status == 200 && page.is_page() && page.text().contains("voice-check/frame"));
    for (path, holds) in [("frame", "frame?inner"), ("frame?inner", "getUserMedia")] {
        let frame = gateway.navigate(&format!("/api/voice-check/{path}"));
        assert!(frame.status == 200 && frame.text().contains(holds), "{path}");
        let policies = values(&frame.head, "content-security-policy").join(", ");
        assert!(policies.contains("frame-ancestors 'self'"), "{policies}");
    }
}

const WORKBENCH: &str = "<meta id=\"vscode-workbench-web-configuration\" \
    data-settings=\"{&quot;a&quot;:1}\">\
    <link href=\"/s/out/vs/code/browser/workbench/workbench.css\"><p>é";

#[test]
fn a_workbench_gets_its_webviews_from_its_own_origin_where_that_is_wanted() {
    let control = Control::ready();
    let backend = Backend::answering(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{WORKBENCH}",
        WORKBENCH.len()
    ));
    for (turns, base, proto, expected) in [
        (false, "/", "http", None),
        (true, "/", "http", Some("http://ide.localhost:7/s")),
        (true, "/", "https", Some("https://ide.localhost:7/s")),
        (true, "/user/alice/", "https", Some("https://ide.localhost:7/user/alice/s")),
    ] {
        let mut config = config(&control, backend.address);
        (config.turns_webviews, config.base_path) = (turns, base.into());
        let gateway = Gateway::start(&config);
        let head = format!(
            "GET {base} HTTP/1.1\r\nHost: ide.localhost:7\r\nX-Forwarded-Proto: {proto}\r\n"
        );
        let page = gateway.ask(&head).text().to_owned();
        let endpoint = expected.map(|files| {
            format!(
                ",&quot;webviewEndpoint&quot;:&quot;{files}/out/vs/workbench/contrib/webview/browser/pre&quot;"
            )
        });
        let prefix = base.trim_end_matches('/');
        let as_it_was = WORKBENCH.replace("\"/s/", &format!("\"{prefix}/s/"));
        let found = endpoint.as_ref().map_or(page.clone(), |it| page.replacen(it.as_str(), "", 1));
        assert_eq!(found, as_it_was, "{turns} {base} {proto}: {page}");
        assert_eq!(page != as_it_was, turns);
    }
}
