//! A token in standalone mode.

use std::time::Instant;

use waiide_init::control::protocol::State;

use crate::support::backend::{Backend, values};
use crate::support::client::Reply;
use crate::support::control::Control;
use crate::support::eventually;
use crate::support::gateway::{Gateway, config, with_token};

const TOKEN: &str = "hunter2-and-more";

fn started() -> (Control, Backend, Gateway) {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start(&with_token(config(&control, backend.address), TOKEN));
    (control, backend, gateway)
}

fn sign_in(gateway: &Gateway, token: &str, next: &str) -> Reply {
    let form = format!("next={next}&token={token}");
    let mut client = gateway.connect();
    client.send_head(&format!(
        "POST /api/sign-in HTTP/1.1\r\nHost: localhost:8070\r\nOrigin: http://localhost:8070\r\n\
         Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n",
        form.len()
    ));
    client.send(form);
    client.reply()
}

fn cookie(reply: &Reply) -> String {
    let set = reply.header("set-cookie").expect("a cookie is set");
    assert!(set.starts_with("waiide-session-8070=v1."), "{set}");
    assert!(set.contains("; Path=/; ") && set.contains("; HttpOnly; SameSite=Lax"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

fn with_cookie(gateway: &Gateway, path: &str, cookie: &str) -> Reply {
    gateway.ask(&format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:8070\r\nCookie: {cookie}\r\nAccept: text/html\r\n"
    ))
}

#[test]
fn without_it_nothing_but_a_word_of_health_is_told() {
    let (_control, backend, gateway) = started();
    for path in ["/", "/api", "/api/services", "/api/events", "/api/metrics", "/api/openapi.json"] {
        let reply = gateway.get(path);
        assert_eq!((reply.status, reply.error_code().as_str()), (401, "unauthorized"), "{path}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"waiide\""));
    }
    let upgrade = "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    assert_eq!(gateway.ask(upgrade).status, 401);
    let restart = "POST /api/services/ide/restart HTTP/1.1\r\n";
    assert_eq!(gateway.ask(restart).status, 401);
    eventually("health is open", || gateway.get("/api/health").text() == r#"{"status":"ok"}"#);
    assert_eq!(backend.connections(), 0);

    let control = Control::start(State::Failed, false);
    let gateway = Gateway::start(&with_token(config(&control, backend.address), TOKEN));
    let word = r#"{"status":"degraded"}"#;
    eventually("health says no more than a word", || gateway.get("/api/health").text() == word);
}

#[test]
fn a_person_signs_in_and_comes_back_to_where_they_wanted_to_go() {
    let (_control, backend, gateway) = started();
    let page = gateway.navigate("/x?folder=/w&a='");
    assert!(page.status == 401 && page.is_page());
    assert!(page.text().contains("value=\"/x?folder=/w&amp;a=&#39;\""), "{}", page.text());
    assert!(page.text().contains("action=\"/api/sign-in\""));
    let signed_in = sign_in(&gateway, TOKEN, "%2Fx%3Ffolder%3D%2Fw");
    assert_eq!((signed_in.status, signed_in.header("location")), (303, Some("/x?folder=/w")));
    let cookie = cookie(&signed_in);
    assert_eq!(with_cookie(&gateway, "/x", &format!("a=b; {cookie}")).text(), "hello");
    assert_eq!(values(&backend.last_head(), "cookie"), ["a=b"]);
    assert_eq!(with_cookie(&gateway, "/", &cookie.replace("v1.", "v1.9")).status, 401);
    let back = with_cookie(&gateway, "/api/sign-in", &cookie);
    assert_eq!((back.status, back.header("location")), (303, Some("/")));
}

#[test]
fn a_restart_keeps_people_signed_in_and_a_new_token_does_not() {
    let (control, backend, gateway) = started();
    let cookie = cookie(&sign_in(&gateway, TOKEN, "/"));
    drop(gateway);
    let again = Gateway::start(&with_token(config(&control, backend.address), TOKEN));
    eventually("it is up", || with_cookie(&again, "/", &cookie).text() == "hello");
    let other = Gateway::start(&with_token(config(&control, backend.address), "another"));
    assert_eq!(with_cookie(&other, "/", &cookie).status, 401);
}

#[test]
fn nobody_is_sent_to_another_site_after_signing_in() {
    let (_control, _backend, gateway) = started();
    for (next, location) in
        [("//evil.example/", "/.//evil.example/"), ("https://evil.example/", "/"), ("", "/")]
    {
        assert_eq!(sign_in(&gateway, TOKEN, next).header("location"), Some(location));
    }
}

#[test]
fn a_link_with_the_token_signs_in_once_and_loses_it() {
    let (_control, _backend, gateway) = started();
    let link = format!("/x?token={TOKEN}&folder=/w");
    let reply = gateway.ask(&format!(
        "GET {link} HTTP/1.1\r\nHost: localhost:8070\r\nX-Forwarded-Proto: https\r\n"
    ));
    assert_eq!((reply.status, reply.header("location")), (302, Some("/x?folder=/w")));
    assert!(reply.header("set-cookie").unwrap().ends_with("; Secure"));
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    let cookie = cookie(&reply);
    let again = with_cookie(&gateway, &link, &cookie);
    assert_eq!((again.status, again.header("location")), (302, Some("/x?folder=/w")));
    assert_eq!(gateway.get("/?token=wrong").status, 401);
    assert!(!gateway.log().contains(TOKEN), "{}", gateway.log());
}

/// As a Jupyter server that the user has started has one of its own.
#[test]
fn a_token_of_what_listens_at_a_port_is_passed_on_and_ours_is_not() {
    let (_control, _backend, gateway) = started();
    let user = Backend::hello();
    let cookie = cookie(&sign_in(&gateway, TOKEN, "/"));
    let path = format!("/proxy/{}/lab", user.address.port());
    let reply = with_cookie(&gateway, &format!("{path}?token=its-own&a=b"), &cookie);
    assert_eq!(reply.text(), "hello");
    assert!(user.last_head().starts_with("GET /lab?token=its-own&a=b HTTP/1.1\r\n"));
    let reply = with_cookie(&gateway, &format!("{path}?token={TOKEN}&a=b"), &cookie);
    assert_eq!((reply.status, reply.header("location")), (302, Some(&*format!("{path}?a=b"))));
}

#[test]
fn a_program_sends_it_as_bearer() {
    let (_control, backend, gateway) = started();
    let with =
        |token: &str| gateway.ask(&format!("GET / HTTP/1.1\r\nAuthorization: Bearer {token}\r\n"));
    eventually("the IDE answers", || with(TOKEN).status == 200);
    assert!(values(&backend.last_head(), "authorization").is_empty());
    assert_eq!(with("wrong").error_code(), "unauthorized");
}

#[test]
fn guessing_is_slow_and_then_refused() {
    let (_control, _backend, gateway) = started();
    let asked = Instant::now();
    let wrong = sign_in(&gateway, "wrong", "/");
    assert!(wrong.status == 401 && wrong.is_page() && wrong.text().contains("not this server"));
    assert!(asked.elapsed().as_millis() >= 400);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guess = || gateway.ask("GET / HTTP/1.1\r\nAuthorization: Bearer guess\r\n").status;
        let guesses: Vec<_> = (0..30).map(|_| scope.spawn(guess)).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    assert!(statuses.iter().filter(|&&status| status == 401).count() <= 10, "{statuses:?}");
    let refused = sign_in(&gateway, TOKEN, "/");
    assert!(refused.status == 429 && refused.header("retry-after").is_some());
}
