//! Which responses are worth keeping.

use super::proof::LARGEST;
use crate::gateway::encoding::{Coding, worth};
use crate::gateway::negotiation::{CacheControl, Request, Response};

/// What is smaller is compressed in less time than it takes to look for it. Bytes.
const SMALLEST: u64 = 16 * 1024;
/// For how long a response has to be fresh. Seconds.
const A_DAY: u64 = 24 * 3600;

/// Whether the compressed form of a response is worth keeping: it is a file that is not going to
/// change, the same for everybody, and it takes some time to compress.
///
/// No promise is made by that: the IDE is asked each time whether it has changed. What is rewritten
/// is not kept, since what was rewritten cannot be compared with what the IDE sends.
pub fn cacheable(request: &Request, response: &Response) -> bool {
    let is_everybodys = request.reads
        && !request.is_authorized
        && !response.sets_cookie
        && response.varies_by().all(is_harmless);
    // A VS Code server states no length; then it shows in the end.
    let is_sized = response.length.is_none_or(is_worth_keeping);
    let is_plain = response.status == 200
        && response.coding == Some(Coding::Identity)
        && !response.is_rewritten
        && !request.is_cross_site
        && worth(response.content_type, response.length);
    is_everybodys && is_sized && is_plain && is_lasting(&response.cache_control)
}

/// Whether a response of so many bytes is worth keeping.
pub fn is_worth_keeping(length: u64) -> bool {
    (SMALLEST..=LARGEST).contains(&length)
}

/// What a response may differ by without being another asset: its coding is ours to choose, and the
/// origin decides about headers alone.
fn is_harmless(member: &[u8]) -> bool {
    [&b"accept-encoding"[..], b"origin"].iter().any(|name| member.eq_ignore_ascii_case(name))
}

fn is_lasting(control: &CacheControl) -> bool {
    let is_kept = !control.no_store && !control.no_cache && !control.no_transform;
    let is_fresh = control.immutable || control.max_age.is_some_and(|age| age >= A_DAY);
    is_kept && is_fresh && (control.public || !control.private)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::encoding::Accepted;

    fn lines(line: &'static str) -> CacheControl {
        CacheControl::of([line.as_bytes()])
    }

    fn workbench() -> Response<'static> {
        Response {
            content_type: b"application/javascript",
            length: Some(19_339_709),
            cache_control: lines("public, max-age=31536000"),
            ..Response::default()
        }
    }

    #[test]
    fn the_workbench_is_kept_and_little_else() {
        let request =
            Request { reads: true, accepted: Accepted::of([&b"zstd"[..]]), ..Request::default() };
        let kept = |response: Response| cacheable(&request, &response);
        let controlled = |line| Response { cache_control: lines(line), ..workbench() };
        let varied = |vary| Response { vary, ..workbench() };
        let long = |length| Response { length, ..workbench() };

        assert!(kept(workbench()));
        assert!(kept(controlled("immutable")));
        assert!(kept(controlled("max-age=86400")));
        assert!(!kept(controlled("max-age=86399")));
        assert!(!kept(controlled("")));
        for what in ["private", "no-store", "no-cache", "no-transform"] {
            let line: &'static str = Box::leak(format!("max-age=31536000, {what}").into());
            assert!(!kept(controlled(line)), "{what}");
        }
        assert!(kept(varied(b"Accept-Encoding, ORIGIN")));
        assert!(!kept(varied(b"Accept-Encoding, Cookie")));
        assert!(!kept(varied(b"*")));
        assert!(kept(long(Some(16 * 1024))) && kept(long(Some(64 << 20))) && kept(long(None)));
        for length in [Some(16 * 1024 - 1), Some((64 << 20) + 1)] {
            assert!(!kept(long(length)), "{length:?}");
        }
        assert!(!kept(Response { status: 206, ..workbench() }));
        assert!(!kept(Response { status: 404, ..workbench() }));
        assert!(!kept(Response { coding: Some(Coding::Gzip), ..workbench() }));
        assert!(!kept(Response { coding: None, ..workbench() }));
        assert!(!kept(Response { content_type: b"image/png", ..workbench() }));
        assert!(!kept(Response { sets_cookie: true, ..workbench() }));
        assert!(!kept(Response { is_rewritten: true, ..workbench() }));
        for request in [
            Request { reads: false, ..request },
            Request { is_authorized: true, ..request },
            Request { is_cross_site: true, ..request },
        ] {
            assert!(!cacheable(&request, &workbench()), "{request:?}");
        }
    }
}
