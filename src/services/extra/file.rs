//! What may stand in a file of `services.d`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::gateway::config::Ask;
use crate::services::OnEnd;
use crate::settings::{command, parse};
use crate::sys::signal;

/// A file's text, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub name: Option<Spanned<String>>,
    pub command: Words,
    #[serde(default)]
    pub restart: Restart,
    pub readiness: Option<Ready>,
    #[serde(default)]
    pub stop_signal: StopSignal,
    #[serde(default)]
    pub needs: Vec<Spanned<String>>,
    #[serde(default)]
    pub optional: bool,
    pub directory: Option<Directory>,
    #[serde(default)]
    pub environment: Variables,
}

impl Text {
    /// Reads it; or where it goes wrong, as a line, and why.
    pub fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map(|span| line_of(text, span.start));
            (line, error.message().trim_end().replace('\n', "; "))
        })
    }
}

/// The line of a place in a text, counted from 1.
pub fn line_of(text: &str, place: usize) -> usize {
    1 + text.bytes().take(place).filter(|byte| *byte == b'\n').count()
}

/// A command: a list of words, or a text that is split as a shell does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WordsVisitor).map(Words)
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a command: a list of words, or one text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        command::split(text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(word) = words.next_element()? {
            all.push(word);
        }
        command::checked(all).map_err(A::Error::custom)
    }
}

/// A working directory: an absolute path, once its placeholders are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Directory(pub String);

impl TryFrom<String> for Directory {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        if path.contains('\0') {
            return Err("a directory must not hold NUL".into());
        }
        if !["/", "{home}", "{workspace}"].iter().any(|start| path.starts_with(start)) {
            return Err(format!(
                "{path:?}: expected an absolute path, or one that begins with {{home}} or \
                 {{workspace}}"
            ));
        }
        // The placeholders are those of a command's words.
        command::checked(vec![path.clone()]).map(|_| Directory(path))
    }
}

/// When it is started again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    #[default]
    Always,
    OnFailure,
    Never,
}

impl From<Restart> for OnEnd {
    fn from(restart: Restart) -> Self {
        match restart {
            Restart::Always => OnEnd::Restart,
            Restart::OnFailure => OnEnd::ZeroIsDone,
            Restart::Never => OnEnd::Final,
        }
    }
}

/// The signal by which it is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct StopSignal(pub i32);

impl Default for StopSignal {
    fn default() -> Self {
        StopSignal(libc::SIGTERM)
    }
}

impl TryFrom<String> for StopSignal {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let ends = [
            libc::SIGTERM,
            libc::SIGINT,
            libc::SIGQUIT,
            libc::SIGHUP,
            libc::SIGUSR1,
            libc::SIGUSR2,
            libc::SIGKILL,
        ];
        let is_it = |number: &i32| {
            let name = signal::name(*number);
            name == text || name.strip_prefix("SIG") == Some(&text)
        };
        ends.into_iter().find(is_it).map(StopSignal).ok_or_else(|| {
            let names: Vec<_> = ends.into_iter().map(signal::name).collect();
            format!("{text:?} is no signal to stop by; there are {}", names.join(", "))
        })
    }
}

/// Variables of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct Variables(pub BTreeMap<String, String>);

impl TryFrom<BTreeMap<String, String>> for Variables {
    type Error = String;

    fn try_from(variables: BTreeMap<String, String>) -> Result<Self, String> {
        let is_bad = |(name, value): &(&String, &String)| {
            name.is_empty() || name.contains(['=', '\0']) || value.contains('\0')
        };
        match variables.iter().find(is_bad) {
            Some((name, _)) => {
                Err(format!("{name:?} can't be set: it holds `=` or NUL, or nothing"))
            }
            None => Ok(Variables(variables)),
        }
    }
}

/// How it is known that it is ready.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ReadyText")]
pub struct Ready {
    place: Place,
    /// How long it may take.
    pub timeout: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Http(SocketAddr, String),
    Tcp(SocketAddr),
    Unix(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadyText {
    http: Option<String>,
    tcp: Option<Address>,
    unix: Option<String>,
    timeout: Option<String>,
}

impl TryFrom<ReadyText> for Ready {
    type Error = String;

    fn try_from(text: ReadyText) -> Result<Self, String> {
        let place = match (text.http, text.tcp, text.unix) {
            (Some(url), None, None) => http(&url)?,
            (None, Some(Address(address)), None) => Place::Tcp(address),
            (None, None, Some(path)) if path.starts_with('/') || path.starts_with('{') => {
                Place::Unix(path)
            }
            (None, None, Some(_)) => return Err("unix: expected an absolute path".into()),
            _ => return Err("expected exactly one of http, tcp and unix".into()),
        };
        let timeout = text.timeout.map(|length| parse::duration(&length)).transpose()?;
        Ok(Ready { place, timeout })
    }
}

impl Ready {
    /// What the gateway has to ask; `fill` fills placeholders in.
    pub fn ask(&self, fill: impl Fn(&String) -> String) -> Ask {
        match &self.place {
            Place::Http(address, path) => {
                Ask::Http { address: *address, path: path.clone(), expect: (200, 400) }
            }
            Place::Tcp(address) => Ask::Tcp(*address),
            Place::Unix(path) => Ask::Unix(fill(path).into()),
        }
    }
}

/// `http://ADDRESS:PORT/PATH`, the address an IP literal or `localhost`.
fn http(url: &str) -> Result<Place, String> {
    let refused = || format!("{url:?}: expected a URL such as http://127.0.0.1:9000/health");
    let rest = url.strip_prefix("http://").ok_or_else(refused)?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_fine = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    match (address(authority), path.bytes().all(is_fine)) {
        (Some(at), true) if path.is_empty() => Ok(Place::Http(at, "/".to_owned())),
        (Some(at), true) => Ok(Place::Http(at, path.to_owned())),
        _ => Err(refused()),
    }
}

fn address(text: &str) -> Option<SocketAddr> {
    let port = |port: &str| port.parse().ok().filter(|port| *port != 0);
    match text.strip_prefix("localhost:") {
        Some(number) => Some((IpAddr::from(Ipv4Addr::LOCALHOST), port(number)?).into()),
        None => text.parse().ok().filter(|address: &SocketAddr| address.port() != 0),
    }
}

/// A port on 127.0.0.1, or an address with a port.
#[derive(Debug, Clone, Copy)]
struct Address(SocketAddr);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AddressVisitor).map(Address)
    }
}

struct AddressVisitor;

impl Visitor<'_> for AddressVisitor {
    type Value = SocketAddr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a port from 1 to 65535, or an address such as 127.0.0.1:5432")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        match u16::try_from(number) {
            Ok(port) if port > 0 => Ok((Ipv4Addr::LOCALHOST, port).into()),
            _ => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        address(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_says_what_it_says() {
        let text = Text::parse(
            "command = \"a 'b c' {home}\"\nrestart = \"on-failure\"\nstop_signal = \"SIGQUIT\"\n\
             readiness = { http = \"http://localhost:9000/x?y\", timeout = \"3s\" }",
        )
        .unwrap();
        assert_eq!(text.command.0, ["a", "b c", "{home}"]);
        assert_eq!(OnEnd::from(text.restart), OnEnd::ZeroIsDone);
        assert_eq!(text.stop_signal.0, libc::SIGQUIT);
        let ready = text.readiness.unwrap();
        assert_eq!(ready.timeout, Some(Duration::from_secs(3)));
        let address = SocketAddr::from(([127, 0, 0, 1], 9000));
        let expected = Ask::Http { address, path: "/x?y".into(), expect: (200, 400) };
        assert_eq!(ready.ask(String::clone), expected);
    }

    #[test]
    fn a_place_is_one_that_can_be_asked() {
        for good in ["http://127.0.0.1:1", "http://[::1]:65535/", "http://localhost:80/a/b"] {
            assert!(http(good).is_ok(), "{good}");
        }
        for bad in [
            "https://127.0.0.1:1/",
            "http://example.com:1/",
            "http://127.0.0.1/",
            "http://:0/",
            "x",
        ] {
            assert!(http(bad).is_err(), "{bad}");
        }
        assert_eq!(address("[::1]:5"), "[::1]:5".parse().ok());
        assert_eq!(address("127.0.0.1:0"), None);
    }

    #[test]
    fn a_directory_is_absolute_in_the_end() {
        let read = |path: &str| Directory::try_from(path.to_owned());
        for good in ["/", "/srv/a b", "{home}", "{home}/db", "{workspace}/{ide_port}"] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in ["", "srv", "./x", "~/x", "{ide_port}/x", "a{home}", "/a\0b", "{home}/{port}"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!((line_of("a\nb", 0), line_of("a\nb", 2), line_of("", 9)), (1, 2, 1));
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(?s).{0,200}") {
            let _ = Text::parse(&text);
        }

        #[test]
        fn no_value_is_too_much(
            key in "command|restart|readiness|stop_signal|needs|optional|environment|name",
            value in "(\"[a-z:/0-9]{0,9}\"|[0-9]{1,6}|\\[\"x\"?\\]?|\\{ tcp = [0-9-]{1,7} \\}|true)",
        ) {
            if let Err((line, reason)) = Text::parse(&format!("command = 'x'\n{key} = {value}")) {
                prop_assert!(!reason.is_empty() && line.is_none_or(|line| line <= 3));
            }
        }
    }
}
