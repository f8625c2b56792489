//! What clients, and a broken IDE, can take from the gateway: a bounded time and a bounded memory,
//! and nothing from the others.

mod absent;
mod bombs;
mod descriptors;
mod garbage;
mod half_closed;
mod idle_crowd;
mod slow_bodies;
mod slow_heads;
mod slow_readers;
mod stopping;

use serde_json::{Value, json};

use crate::support::backend::{Backend, Served};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::talk::Talk;

/// A gateway that is in a hurry, before an IDE.
struct Scene {
    gateway: Gateway,
    ide: Backend,
    _control: Control,
}

impl Scene {
    /// With these timeouts, in milliseconds.
    fn set(timeouts: Value, serve: impl Fn(Served) + Send + Sync + 'static) -> Scene {
        let (control, ide) = (Control::ready(), Backend::start(serve));
        let settings = json!({ "timeouts": timeouts });
        let gateway = Gateway::start_with(&config(&control, ide.address), &settings);
        Scene { gateway, ide, _control: control }
    }

    /// With the timeouts that are the default.
    fn patient(serve: impl Fn(Served) + Send + Sync + 'static) -> Scene {
        Scene::set(json!({}), serve)
    }

    fn talk(&self) -> Talk {
        Talk::to(self.gateway.address())
    }

    /// Fails unless somebody else is answered.
    #[track_caller]
    fn others_are_answered(&self) {
        self.talk().goes_on();
    }
}

/// Answers every request, which have no bodies, with its target.
fn answer(mut served: Served) {
    while let Some(head) = served.head() {
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let length = target.len();
        served.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{target}"));
    }
}

/// Whether a request is one of those that show that others are answered.
fn is_of_others(head: &str) -> bool {
    head.starts_with("GET /goes-on ")
}
