//! Decisions and what they change.

use proptest::prelude::*;

use super::{CacheControl, Change, Decision, Request, Response, decide};
use crate::gateway::encoding::Coding::{self, Brotli, Gzip, Identity, Zstd};
use crate::gateway::encoding::{Accepted, Coding as AnyCoding};

fn request(accepts: &str) -> Request {
    let accepted = Accepted::of([accepts.as_bytes()]);
    Request { reads: true, accepted, ..Request::default() }
}

fn page() -> Response<'static> {
    Response { content_type: b"text/html", length: Some(50_000), ..Response::default() }
}

const NO_TRANSFORM: CacheControl = CacheControl {
    no_transform: true,
    no_store: false,
    no_cache: false,
    private: false,
    public: false,
    immutable: false,
    max_age: None,
};

/// What is done: decoded, rewritten, encoded.
fn done(request: &Request, response: &Response) -> (Coding, bool, Coding) {
    let Decision { decode, rewrite, encode, .. } = decide(request, response);
    (decode, rewrite, encode)
}

const AS_IT_IS: (Coding, bool, Coding) = (Identity, false, Identity);

fn varies(request: &Request, response: &Response) -> bool {
    let changes = decide(request, response).changes(response, None);
    changes.contains(&Change::Append("vary", "Accept-Encoding"))
}

#[test]
fn what_is_worth_it_is_compressed_for_who_takes_it() {
    let all = request("gzip, br, zstd");
    assert_eq!(done(&all, &page()), (Identity, false, Zstd));
    assert_eq!(done(&request("gzip"), &page()), (Identity, false, Gzip));
    assert_eq!(done(&request(""), &page()), AS_IT_IS);
    assert_eq!(done(&all, &Response { length: None, ..page() }), (Identity, false, Zstd));
    assert_eq!(done(&all, &Response { length: Some(100), ..page() }), AS_IT_IS);
    assert_eq!(done(&all, &Response { content_type: b"image/png", ..page() }), AS_IT_IS);
    assert_eq!(done(&all, &Response { status: 404, ..page() }), (Identity, false, Zstd));
    assert_eq!(done(&all, &Response { cache_control: NO_TRANSFORM, ..page() }), AS_IT_IS);
    let posted = Request { reads: false, ..all };
    assert_eq!(done(&posted, &page()), (Identity, false, Zstd));
}

#[test]
fn what_has_no_whole_content_passes() {
    for status in [101, 103, 204, 205, 206, 304] {
        let response = Response { status, is_rewritten: true, ..page() };
        assert_eq!(done(&request("gzip, identity;q=0"), &response), AS_IT_IS, "{status}");
    }
}

#[test]
fn what_the_ide_encoded_passes() {
    for coding in [Some(Gzip), Some(Brotli), Some(Zstd), None] {
        for accepts in ["", "zstd", "gzip"] {
            let response = Response { coding, ..page() };
            let decision = decide(&request(accepts), &response);
            assert_eq!(decision, Decision::PASS);
            assert_eq!(decision.changes(&response, None), []);
        }
    }
}

#[test]
fn what_is_rewritten_is_decoded_and_encoded_again() {
    let rewritten = Response { is_rewritten: true, ..page() };
    let from = |coding| Response { coding, ..rewritten };
    let small = Response { length: Some(100), ..rewritten };
    let all = request("gzip, br, zstd");
    assert_eq!(done(&all, &rewritten), (Identity, true, Zstd));
    assert_eq!(done(&all, &small), (Identity, true, Identity));
    assert_eq!(done(&all, &from(Some(Brotli))), (Brotli, true, Zstd));
    assert_eq!(done(&request("gzip"), &from(Some(Gzip))), (Gzip, true, Gzip));
    assert_eq!(done(&request(""), &from(Some(Gzip))), (Gzip, true, Identity));
    assert_eq!(done(&all, &from(None)), AS_IT_IS);
    // It has to be rewritten to work at all; more than that isn't done to it.
    let fixed = |coding| Response { cache_control: NO_TRANSFORM, ..from(Some(coding)) };
    assert_eq!(done(&all, &fixed(Gzip)), (Gzip, true, Gzip));
    assert_eq!(done(&all, &fixed(Identity)), (Identity, true, Identity));
}

#[test]
fn who_refuses_identity_gets_another_coding_where_one_is_taken() {
    let picture = Response { content_type: b"image/png", ..page() };
    assert_eq!(done(&request("gzip, identity;q=0"), &picture), (Identity, false, Gzip));
    assert!(varies(&request("gzip, identity;q=0"), &picture));
    assert_eq!(done(&request("*;q=0"), &picture), AS_IT_IS);
    assert_eq!(done(&request("*;q=0"), &page()), AS_IT_IS);
}

#[test]
fn a_page_of_another_site_learns_nothing_from_a_size() {
    let stranger = Request { is_cross_site: true, ..request("gzip, br, zstd") };
    assert_eq!(done(&stranger, &page()), AS_IT_IS);
    let rewritten = Response { is_rewritten: true, ..page() };
    assert_eq!(done(&stranger, &rewritten), (Identity, true, Identity));
}

#[test]
fn the_header_of_a_compressed_response() {
    let response = Response { etag: Some(b"\"abc\""), vary: b"Origin", ..page() };
    let decision = decide(&request("zstd"), &response);
    let expected = |length| {
        vec![
            Change::Remove("accept-ranges"),
            Change::Remove("content-digest"),
            Change::Remove("content-md5"),
            Change::Remove("digest"),
            Change::Remove("repr-digest"),
            length,
            Change::Set("content-encoding", b"zstd".to_vec()),
            Change::Set("etag", b"\"abc--zstd\"".to_vec()),
            Change::Append("vary", "Accept-Encoding"),
        ]
    };
    assert_eq!(decision.changes(&response, None), expected(Change::Remove("content-length")));
    let kept = decision.in_kept_form(Zstd).changes(&response, Some(42));
    assert_eq!(kept, expected(Change::Set("content-length", b"42".to_vec())));
}

#[test]
fn the_header_of_a_rewritten_response() {
    let response = Response {
        coding: Some(Gzip),
        is_rewritten: true,
        etag: Some(b"W/\"abc\""),
        vary: b"accept-ENCODING",
        ..page()
    };
    let changes = decide(&request(""), &response).changes(&response, None);
    assert!(changes.contains(&Change::Remove("content-encoding")), "{changes:?}");
    assert!(changes.contains(&Change::Remove("content-length")));
    let touched = |name| {
        changes
            .iter()
            .any(|change| matches!(change, Change::Set(n, _) | Change::Append(n, _) if *n == name))
    };
    assert!(!touched("etag") && !touched("vary"));
}

#[test]
fn vary_is_said_where_another_client_would_get_another_coding() {
    assert!(varies(&request(""), &page()), "this one takes none, another does");
    assert!(varies(&request(""), &Response { status: 304, ..page() }));
    assert!(!varies(&request(""), &Response { status: 304, content_type: b"", ..page() }));
    assert!(!varies(&request("gzip"), &Response { status: 206, ..page() }));
    assert!(!varies(&request("gzip"), &Response { content_type: b"image/png", ..page() }));
    assert!(!varies(&request("gzip"), &Response { vary: b"*", ..page() }));
    assert!(!varies(&request("gzip"), &Response { vary: b"Origin, accept-encoding", ..page() }));
}

proptest! {
    #[test]
    fn nobody_gets_what_they_do_not_take(
        accepts in "((gzip|br|zstd|identity|\\*)(;q=[01](\\.[0-9])?)?, ?){0,4}",
        status in 100u16..600,
        coding in proptest::sample::select(vec![None, Some(Identity), Some(Gzip), Some(Brotli), Some(Zstd)]),
        content_type in proptest::sample::select(vec!["text/html", "image/png", ""]),
        length in proptest::option::of(0u64..5000),
        (no_transform, is_rewritten, is_cross_site) in any::<(bool, bool, bool)>(),
    ) {
        let request = Request { is_cross_site, ..request(&accepts) };
        let response = Response {
            status,
            content_type: content_type.as_bytes(),
            coding,
            length,
            cache_control: CacheControl { no_transform, ..CacheControl::default() },
            is_rewritten,
            ..Response::default()
        };
        let decision = decide(&request, &response);
        let changes = decision.changes(&response, None);
        let taken = |coding: AnyCoding| request.accepted.takes(coding);
        let is_the_ides = no_transform && Some(decision.encode) == coding;
        prop_assert!(
            decision.encode == Identity || taken(decision.encode) || is_the_ides
        );
        prop_assert!(!decision.rewrite || is_rewritten);
        prop_assert!(decision.decode == Identity || decision.rewrite);
        let is_measured = changes.contains(&Change::Remove("content-length"));
        prop_assert_eq!(is_measured, !decision.passes());
    }
}
