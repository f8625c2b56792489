//! What is worth compressing.

/// Below this a response fits into a packet or two, compressed or not. Bytes.
const LEAST: u64 = 1024;

/// What compresses and has no name that says so.
const TYPES: [&[u8]; 22] = [
    b"application/ecmascript",
    b"application/font-sfnt",
    b"application/graphql",
    b"application/javascript",
    b"application/json",
    b"application/rtf",
    b"application/sql",
    b"application/toml",
    b"application/vnd.ms-fontobject",
    b"application/wasm",
    b"application/x-font-ttf",
    b"application/x-javascript",
    b"application/x-sh",
    b"application/xml",
    b"application/yaml",
    b"font/collection",
    b"font/otf",
    b"font/sfnt",
    b"font/ttf",
    b"image/bmp",
    b"image/vnd.microsoft.icon",
    b"image/x-icon",
];

/// Streams of records that last as long as somebody listens. An encoder's memory for as long is
/// more than the bytes are worth.
const STREAMS: [&[u8]; 4] = [
    b"text/event-stream",
    b"application/x-ndjson",
    b"application/json-seq",
    b"application/jsonlines",
];

/// Whether a response of this type is worth compressing. `length` is in bytes; where it is not
/// known the response may be a slow one, so whoever compresses it must flush when it pauses.
///
/// Text of all kinds is, WebAssembly, and fonts that are not compressed in themselves. Pictures,
/// videos, archives and what has no type are not, nor are streams of events.
pub fn worth(content_type: &[u8], length: Option<u64>) -> bool {
    let essence = content_type.split(|&byte| byte == b';').next().unwrap_or_default();
    let essence = essence.trim_ascii().to_ascii_lowercase();
    let is_stream = STREAMS.contains(&essence.as_slice());
    length.is_none_or(|length| length >= LEAST) && !is_stream && is_compressible(&essence)
}

fn is_compressible(essence: &[u8]) -> bool {
    essence.starts_with(b"text/")
        || essence.ends_with(b"+json")
        || essence.ends_with(b"+xml")
        || TYPES.contains(&essence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_type() {
        for (content_type, expected) in [
            ("text/html; charset=utf-8", true),
            ("Text/CSS", true),
            ("text/javascript", true),
            ("application/javascript;charset=utf-8", true),
            ("application/json", true),
            ("application/manifest+json", true),
            ("application/problem+json ; x=y", true),
            ("application/wasm", true),
            ("image/svg+xml", true),
            ("application/xhtml+xml", true),
            ("font/ttf", true),
            ("font/woff", false),
            ("font/woff2", false),
            ("image/png", false),
            ("video/mp4", false),
            ("application/zip", false),
            ("application/gzip", false),
            ("application/octet-stream", false),
            ("text/event-stream", false),
            ("text/event-stream; charset=utf-8", false),
            ("application/x-ndjson", false),
            ("", false),
            (";", false),
            ("multipart/x-mixed-replace; boundary=text/html", false),
        ] {
            assert_eq!(worth(content_type.as_bytes(), Some(5000)), expected, "{content_type}");
            assert_eq!(worth(content_type.as_bytes(), None), expected, "{content_type}");
        }
    }

    #[test]
    fn by_length() {
        assert!(!worth(b"text/html", Some(0)));
        assert!(!worth(b"text/html", Some(1023)));
        assert!(worth(b"text/html", Some(1024)));
        assert!(worth(b"text/html", Some(u64::MAX)));
    }
}
