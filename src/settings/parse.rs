//! From text to a value. Each function returns the value, or why the text is none and what is.

use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use super::{Extent, LogFormat, ModeChoice, Webviews};
use crate::policies::permissions::Policy;
use crate::secret::Secret;

/// A value or the reason why there is none.
pub type Parsed<T> = Result<T, String>;

fn one_of<T: Copy>(text: &str, choices: &[(&str, T)]) -> Parsed<T> {
    let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        format!("expected one of {}", words.join(", "))
    })
}

/// `auto`, `jupyterhub` or `standalone`.
pub fn mode(text: &str) -> Parsed<ModeChoice> {
    one_of(
        text,
        &[
            ("auto", ModeChoice::Auto),
            ("jupyterhub", ModeChoice::Jupyterhub),
            ("standalone", ModeChoice::Standalone),
        ],
    )
}

/// `auto`, `always` or `never`.
pub fn extent(text: &str) -> Parsed<Extent> {
    one_of(text, &[("auto", Extent::Auto), ("always", Extent::Always), ("never", Extent::Never)])
}

/// `on` or `off`, and what else people write for these.
pub fn switch(text: &str) -> Parsed<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err("expected on or off".into()),
    }
}

/// `as-is` or `same-origin`.
pub fn webviews(text: &str) -> Parsed<Webviews> {
    one_of(text, &[("as-is", Webviews::AsIs), ("same-origin", Webviews::SameOrigin)])
}

/// `text` or `json`.
pub fn log_format(text: &str) -> Parsed<LogFormat> {
    one_of(text, &[("text", LogFormat::Text), ("json", LogFormat::Json)])
}

/// A level of logging.
pub fn level(text: &str) -> Parsed<LevelFilter> {
    one_of(
        text,
        &[
            ("error", LevelFilter::ERROR),
            ("warn", LevelFilter::WARN),
            ("info", LevelFilter::INFO),
            ("debug", LevelFilter::DEBUG),
            ("trace", LevelFilter::TRACE),
            ("off", LevelFilter::OFF),
        ],
    )
}

/// A user or group id: 1 to 4294967294. 0 is root, and the largest number means "no change" to
/// chown(2).
pub fn id(text: &str) -> Parsed<u32> {
    match text.parse::<u32>() {
        Ok(0) => Err("0 is root, as which nothing of the user's may run; give another id".into()),
        Ok(u32::MAX) => Err("4294967295 is no id; give one from 1 to 4294967294".into()),
        Ok(id) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(id),
        _ => Err("expected a whole number from 1 to 4294967294".into()),
    }
}

/// A port: 1 to 65535.
pub fn port(text: &str) -> Parsed<u16> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ => Err("expected a port from 1 to 65535".into()),
    }
}

/// An IPv4 or IPv6 address, the latter with or without brackets. `localhost` is 127.0.0.1.
pub fn address(text: &str) -> Parsed<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    match bare {
        "localhost" => Ok(IpAddr::from([127, 0, 0, 1])),
        _ => bare.parse().map_err(|_| {
            "expected an IP address such as 0.0.0.0 or 127.0.0.1; names are not looked up".into()
        }),
    }
}

/// An absolute path without `..`, `.` and control characters; a slash at the end is dropped.
pub fn absolute_path(text: &str) -> Parsed<PathBuf> {
    if text.chars().any(char::is_control) {
        return Err("a path must not hold control characters".into());
    }
    let path = Path::new(text);
    let plain = |part: Component| matches!(part, Component::RootDir | Component::Normal(_));
    if !path.is_absolute() || !path.components().all(plain) {
        return Err("expected an absolute path without `..`".into());
    }
    if path.components().any(|part| part.as_os_str().len() > 255) {
        return Err("each part of a path may have 255 bytes at the most".into());
    }
    let tidy: PathBuf = path.components().collect();
    match tidy.as_os_str().len() {
        1 => Err("the root directory can't be used here".into()),
        2..4096 => Ok(tidy),
        _ => Err("a path may have 4095 bytes at the most".into()),
    }
}

/// What is the system's (hier(7)), with all that is in it.
const SYSTEM: [&str; 8] = ["/bin", "/boot", "/dev", "/etc", "/proc", "/sbin", "/sys", "/usr"];
/// What holds the directories of several users or programs.
const SHARED: [&str; 11] =
    ["/home", "/lib", "/lib32", "/lib64", "/media", "/mnt", "/opt", "/run", "/srv", "/tmp", "/var"];

/// An absolute path that fits into a line of passwd(5), of a directory that may be given to the
/// user.
pub fn home(text: &str) -> Parsed<PathBuf> {
    if text.contains(':') {
        return Err("a home must not hold `:`, which separates the fields of /etc/passwd".into());
    }
    let path = absolute_path(text)?;
    let is_systems = SYSTEM.iter().any(|system| path.starts_with(system));
    match is_systems || SHARED.iter().any(|shared| path == Path::new(shared)) {
        true => Err("that is the system's, and all in a home is given to the user; \
                     expected a directory for it, such as /home/alice"
            .into()),
        false => Ok(path),
    }
}

/// A length of time such as `8s`, `800ms` or `1m 30s`.
pub fn duration(text: &str) -> Parsed<Duration> {
    let length = humantime::parse_duration(text)
        .map_err(|_| "expected a length of time with its unit, such as 8s or 800ms".to_owned())?;
    if length > Duration::from_secs(86_400) {
        return Err("expected a day at the most".into());
    }
    Ok(length)
}

/// A length of time that something may take, which is more than none.
pub fn time_limit(text: &str) -> Parsed<Duration> {
    match duration(text)? {
        Duration::ZERO => Err("nothing can be done in no time; give 24h for hardly a limit".into()),
        limit => Ok(limit),
    }
}

/// A path that URLs begin with, such as `/user/alice/`. Slashes are added at both ends.
pub fn base_path(text: &str) -> Parsed<String> {
    let inner = text.trim_matches('/');
    if inner.is_empty() {
        return Ok("/".into());
    }
    let allowed = |byte: u8| byte.is_ascii_graphic() && !br#"?#"<>\^`{|}"#.contains(&byte);
    if !inner.bytes().all(allowed) {
        return Err("expected a URL's path, percent-encoded, such as /user/alice/".into());
    }
    if inner.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err("a base path must not hold `//`, `.` or `..`".into());
    }
    Ok(format!("/{inner}/"))
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).map(str::trim).filter(|item| !item.is_empty())
}

/// What stands for every host name.
pub const ANY_HOST: &str = "*";

/// Host names, separated by commas, in lower case.
pub fn hosts(text: &str) -> Parsed<Vec<String>> {
    list(text).map(host).collect()
}

fn host(text: &str) -> Parsed<String> {
    if text == ANY_HOST {
        return Ok(text.to_owned());
    }
    let name = text.strip_prefix("*.").unwrap_or(text);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(format!(
            "{text:?} is no host name; write names without scheme and port, such as \
             ide.example.com, *.example.com for all below, or * for any"
        ));
    }
    Ok(text.to_ascii_lowercase())
}

/// Origins (RFC 6454), separated by commas.
pub fn origins(text: &str) -> Parsed<Vec<String>> {
    list(text).map(origin).collect()
}

fn origin(text: &str) -> Parsed<String> {
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match authority {
        Some(rest) if !rest.is_empty() && !rest.contains(['/', '@', '?', '#']) => {
            Ok(text.to_ascii_lowercase())
        }
        _ => Err(format!(
            "{text:?} is no origin; write scheme, host and port alone, such as \
             https://example.com"
        )),
    }
}

/// A secret of at least one character that fits into a header.
pub fn token(text: &str) -> Parsed<Secret> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a token is made of visible ASCII characters, without spaces".into());
    }
    Ok(Secret::new(text))
}

/// A Permissions-Policy; none for `off`. Browsers pass over one that they can't read, without a
/// word to whoever set it.
pub fn permissions_policy(text: &str) -> Parsed<Option<String>> {
    match text.trim() {
        "off" => Ok(None),
        "" => Err("expected features such as microphone=(self), camera=(), or off".into()),
        value => match Policy::parse(value) {
            Ok(_) => Ok(Some(value.to_owned())),
            Err(unreadable) => Err(format!("{unreadable}; or off")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_mean_something_else_are_refused() {
        assert_eq!(id("1000"), Ok(1000));
        assert_eq!(id("4294967294"), Ok(4_294_967_294));
        for bad in ["0", "-1", "4294967295", "4294967296", "", "1e3", "+5", " 5", "x"] {
            assert!(id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_policy_that_no_browser_reads_is_refused() {
        assert_eq!(permissions_policy(" off "), Ok(None));
        assert_eq!(permissions_policy("microphone=()"), Ok(Some("microphone=()".into())));
        for bad in ["", " ", "microphone self", "microphone 'self'", "microphone=(selbst", "é=()"]
        {
            assert!(permissions_policy(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ports_are_one_to_65535() {
        assert_eq!(port("65535"), Ok(65535));
        for bad in ["0", "65536", "-1", "", "80a", "+80"] {
            assert!(port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_are_absolute_and_plain() {
        assert_eq!(absolute_path("/a//b/./c/"), Ok("/a/b/c".into()));
        for bad in ["", "a", "/", "/a/../b", "/a\nb", "~/x"] {
            assert!(absolute_path(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn lengths_of_time_need_a_unit() {
        assert_eq!(duration("800ms"), Ok(Duration::from_millis(800)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for bad in ["8", "", "-1s", "soon", "3000h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_limit_leaves_some_time() {
        assert_eq!(time_limit("1ms"), Ok(Duration::from_millis(1)));
        assert!(time_limit("0s").unwrap_err().contains("24h"));
        assert!(time_limit("8").is_err());
    }

    #[test]
    fn a_base_path_has_slashes_at_both_ends() {
        assert_eq!(base_path("user/alice"), Ok("/user/alice/".into()));
        assert_eq!(base_path("/"), Ok("/".into()));
        assert_eq!(base_path("/user/ann%40x/"), Ok("/user/ann%40x/".into()));
        for bad in ["/a b/", "/a/../b", "/a//b", "/a?x", "/\u{e9}"] {
            assert!(base_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hosts_and_origins_are_checked_one_by_one() {
        assert_eq!(
            hosts("A.example.com, *.x.org"),
            Ok(vec!["a.example.com".into(), "*.x.org".into()])
        );
        assert_eq!(hosts("*"), Ok(vec!["*".to_owned()]));
        assert!(hosts("https://a").is_err());
        assert!(hosts("a:80").is_err());
        assert_eq!(origins("https://a.com:8443"), Ok(vec!["https://a.com:8443".into()]));
        assert!(origins("https://a.com/x").is_err());
        assert!(origins("a.com").is_err());
    }

    #[test]
    fn addresses_are_literals() {
        assert_eq!(address("[::1]"), Ok("::1".parse().unwrap()));
        assert_eq!(address("localhost"), Ok("127.0.0.1".parse().unwrap()));
        assert!(address("example.com").is_err());
    }
}
