//! The paths that lead to a port.

/// A port that is asked for, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// Its number; never 0.
    pub number: u16,
    /// Whether the server there sees the whole path.
    pub absolute: bool,
}

/// Reads a path under the base path. None: it is the IDE's.
pub fn locate(inside: &str) -> Option<Port> {
    let (absolute, rest) = match inside.strip_prefix("/proxy/") {
        Some(rest) => (false, rest),
        None => (true, inside.strip_prefix("/absproxy/")?),
    };
    let (digits, _) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number = digits.parse().ok().filter(|&number| plain && number != 0)?;
    Some(Port { number, absolute })
}

/// Where the port ends in `/proxy/<port>…`.
pub fn end(inside: &str) -> usize {
    let start = inside.get(1..).and_then(|rest| rest.find('/')).map_or(0, |slash| slash + 2);
    let rest = inside.get(start..).unwrap_or_default();
    start + rest.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_read_byte_for_byte() {
        let proxy = |number| Port { number, absolute: false };
        for (path, expected) in [
            ("/proxy/3000/", Some(proxy(3000))),
            ("/proxy/3000", Some(proxy(3000))),
            ("/proxy/3000//a%2Fb", Some(proxy(3000))),
            ("/proxy/65535/x", Some(proxy(65535))),
            ("/absproxy/80/x", Some(Port { number: 80, absolute: true })),
            ("/proxy/0/", None),
            ("/proxy/65536/", None),
            ("/proxy/+80/", None),
            ("/proxy/080000/", None),
            ("/proxy/80x/", None),
            ("/proxy//", None),
            ("/proxy", None),
            ("/proxyx/80/", None),
        ] {
            assert_eq!(locate(path), expected, "{path}");
        }
    }

    #[test]
    fn what_is_behind_the_port_is_found() {
        assert_eq!(end("/proxy/3000/x"), 11);
        assert_eq!(end("/absproxy/0080?x"), 14);
    }
}
