//! The names of header fields that somebody here looks for.
//!
//! Each field of a head is told its [`Name`] once, when it is parsed: to look for one is then a
//! comparison of numbers, and whether it is there at all a bit.

/// The longest name that is known, in bytes.
const LONGEST: usize = 32;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident $text:literal)*) => {
        /// The name of a header field, in any case (RFC 9110 §5.1).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum Name {
            $($(#[$doc])* $name,)*
            /// `X-Forwarded-` and something that has no name of its own here.
            XForwardedOther,
            /// Any other.
            Other,
        }

        impl Name {
            fn of_lower(name: &[u8]) -> Name {
                match name {
                    $(name if name == $text.as_bytes() => Name::$name,)*
                    _ if name.starts_with(b"x-forwarded-") => Name::XForwardedOther,
                    _ => Name::Other,
                }
            }

            /// The name in lower case; empty for those that have none of their own.
            #[cfg(test)]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Name::$name => $text,)*
                    Name::XForwardedOther | Name::Other => "",
                }
            }

            #[cfg(test)]
            const ALL: &[Name] = &[$(Name::$name),*];
        }
    };
}

names! {
    Accept "accept"
    AcceptEncoding "accept-encoding"
    AcceptRanges "accept-ranges"
    AltSvc "alt-svc"
    Authorization "authorization"
    CacheControl "cache-control"
    ClearSiteData "clear-site-data"
    Connection "connection"
    ContentDisposition "content-disposition"
    ContentEncoding "content-encoding"
    ContentLength "content-length"
    ContentLocation "content-location"
    ContentMd5 "content-md5"
    ContentDigest "content-digest"
    ContentRange "content-range"
    ContentSecurityPolicy "content-security-policy"
    ContentType "content-type"
    Cookie "cookie"
    CrossOriginResourcePolicy "cross-origin-resource-policy"
    Date "date"
    Digest "digest"
    Etag "etag"
    Expect "expect"
    Expires "expires"
    FeaturePolicy "feature-policy"
    Forwarded "forwarded"
    Host "host"
    IfMatch "if-match"
    IfModifiedSince "if-modified-since"
    IfNoneMatch "if-none-match"
    IfRange "if-range"
    IfUnmodifiedSince "if-unmodified-since"
    KeepAlive "keep-alive"
    LastModified "last-modified"
    Link "link"
    Location "location"
    MaxForwards "max-forwards"
    Nel "nel"
    Origin "origin"
    PermissionsPolicy "permissions-policy"
    Pragma "pragma"
    ProxyAuthenticate "proxy-authenticate"
    ProxyAuthenticationInfo "proxy-authentication-info"
    ProxyAuthorization "proxy-authorization"
    ProxyConnection "proxy-connection"
    Range "range"
    Referer "referer"
    Refresh "refresh"
    ReportTo "report-to"
    ReprDigest "repr-digest"
    SecFetchDest "sec-fetch-dest"
    SecFetchMode "sec-fetch-mode"
    SecFetchSite "sec-fetch-site"
    Server "server"
    ServiceWorkerAllowed "service-worker-allowed"
    SetCookie "set-cookie"
    SourceMap "sourcemap"
    StrictTransportSecurity "strict-transport-security"
    Te "te"
    Trailer "trailer"
    TransferEncoding "transfer-encoding"
    Upgrade "upgrade"
    UserAgent "user-agent"
    Vary "vary"
    Via "via"
    WwwAuthenticate "www-authenticate"
    XForwardedFor "x-forwarded-for"
    XForwardedHost "x-forwarded-host"
    XForwardedPort "x-forwarded-port"
    XForwardedPrefix "x-forwarded-prefix"
    XForwardedProto "x-forwarded-proto"
    XFrameOptions "x-frame-options"
    XOriginalHost "x-original-host"
    XOriginalUrl "x-original-url"
    XProxyContextPath "x-proxycontextpath"
    XRealIp "x-real-ip"
    XSourceMap "x-sourcemap"
}

impl Name {
    /// The name of a field as it stands in a head.
    pub fn of(name: &[u8]) -> Name {
        let mut lower = [0; LONGEST];
        match lower.get_mut(..name.len()) {
            Some(lower) => {
                lower.copy_from_slice(name);
                lower.make_ascii_lowercase();
                Name::of_lower(lower)
            }
            None if name.len() > 12 && name.get(..12).is_some_and(is_x_forwarded) => {
                Name::XForwardedOther
            }
            None => Name::Other,
        }
    }

    const fn bit(self) -> u128 {
        1 << (self as u8)
    }
}

fn is_x_forwarded(start: &[u8]) -> bool {
    start.eq_ignore_ascii_case(b"x-forwarded-")
}

/// A set of names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Names(u128);

impl Names {
    /// Nothing.
    pub const NONE: Names = Names(0);

    /// These.
    pub const fn of(names: &[Name]) -> Names {
        let (mut set, mut at) = (0, 0);
        while at < names.len() {
            #[allow(clippy::indexing_slicing)]
            let name = names[at];
            set |= name.bit();
            at += 1;
        }
        Names(set)
    }

    /// Those of either.
    pub const fn and(self, other: Names) -> Names {
        Names(self.0 | other.0)
    }

    /// Whether a name is among them.
    pub const fn has(self, name: Name) -> bool {
        self.0 & name.bit() != 0
    }

    /// Whether they have any name in common.
    pub const fn meet(self, other: Names) -> bool {
        self.0 & other.0 != 0
    }

    /// Adds one.
    pub fn add(&mut self, name: Name) {
        self.0 |= name.bit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case() {
        for &name in Name::ALL {
            assert!(name.as_str().len() <= LONGEST, "{name:?}");
            assert_eq!(Name::of(name.as_str().as_bytes()), name);
            assert_eq!(Name::of(name.as_str().to_ascii_uppercase().as_bytes()), name);
        }
    }

    #[test]
    fn there_is_a_bit_for_each() {
        assert!((Name::Other as usize) < 128);
    }

    #[test]
    fn other_names_are_other() {
        assert_eq!(Name::of(b"hosts"), Name::Other);
        assert_eq!(Name::of(b""), Name::Other);
        assert_eq!(Name::of(&[b'x'; 4000]), Name::Other);
        assert_eq!(Name::of(b"X-Forwarded-Server"), Name::XForwardedOther);
        assert_eq!(Name::of(b"X-Forwarded-And-A-Name-Of-More-Than-32"), Name::XForwardedOther);
    }
}
