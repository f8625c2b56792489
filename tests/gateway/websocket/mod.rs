//! WebSockets (RFC 6455) are carried through: the handshake is the two ends' own, and what follows
//! it passes byte for byte.

mod carried;
mod ends;
mod frames;
mod handshake;
mod many;
mod messages;
mod other_protocols;
mod refusals;
mod stopping;

use crate::support::backend::{Backend, Served};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::stage::get;
use crate::support::talk::Talk;

/// What a browser asks with, besides the Host.
const FIELDS: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/// What the IDE answers with.
const SWITCHED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A gateway before an IDE.
struct Scene {
    gateway: Gateway,
    ide: Backend,
    _control: Control,
}

impl Scene {
    /// With an IDE that takes every WebSocket.
    fn set(serve: impl Fn(Served) + Send + Sync + 'static) -> Scene {
        Scene::raw(move |mut served| {
            if served.head().is_some() {
                served.send(SWITCHED);
                serve(served);
            }
        })
    }

    /// With an IDE that does something else.
    fn raw(serve: impl Fn(Served) + Send + Sync + 'static) -> Scene {
        let (control, ide) = (Control::ready(), Backend::start(serve));
        let gateway = Gateway::start(&config(&control, ide.address));
        Scene { gateway, ide, _control: control }
    }

    fn talk(&self) -> Talk {
        Talk::to(self.gateway.address())
    }

    /// An open WebSocket.
    #[track_caller]
    fn open(&self) -> Talk {
        let mut talk = self.talk();
        talk.say(get(FIELDS));
        assert_eq!(talk.head().map(|(status, _)| status), Ok(101));
        talk
    }
}

/// Sends everything back.
fn echo(mut served: Served) {
    use std::io::Read;
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = served.stream.read(&mut buffer) {
        served.send(&buffer[..count]);
    }
}
