//! What is done to the content of a response.

use super::changes::{self, Change};
use super::facts::{Request, Response};
use crate::gateway::encoding::{Coding, worth};

/// What is done to the content of a response, in this order. HEAD gets the decision that GET gets,
/// so that its header is the same (RFC 9110 §9.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What it is decoded from first. Identity: nothing is decoded.
    pub decode: Coding,
    /// Whether it is rewritten for the base path.
    pub rewrite: bool,
    /// What it is encoded with then. Identity: nothing is encoded.
    pub encode: Coding,
    /// Whether another `Accept-Encoding` would have got another coding.
    depends_on_client: bool,
}

impl Decision {
    /// Leaves the content as it is.
    pub const PASS: Decision = Decision {
        decode: Coding::Identity,
        rewrite: false,
        encode: Coding::Identity,
        depends_on_client: false,
    };

    /// Whether the bytes pass as they came, so that their number is known if it was before.
    pub fn passes(&self) -> bool {
        self.decode == Coding::Identity && !self.rewrite && self.encode == Coding::Identity
    }

    /// The same with another coding, where a form that was kept is sent instead.
    pub fn in_kept_form(self, coding: Coding) -> Decision {
        Decision { encode: coding, ..self }
    }

    /// What changes in the header. `length` is the encoded content's in bytes, where it is known.
    pub fn changes(&self, response: &Response, length: Option<u64>) -> Vec<Change> {
        let mut changes = match self.passes() {
            true => Vec::new(),
            false => changes::of_content(self.decode, self.encode, response.etag, length),
        };
        if self.depends_on_client {
            changes.extend(changes::vary(response));
        }
        changes
    }
}

/// Decides what is done to the content of a response.
///
/// - What is not worth it, or is not to be changed (`no-transform`), passes. So does what the IDE
///   encoded, even where the client did not ask for that: it is the IDE's to say.
/// - What is rewritten is decoded first. What we can't decode is not rewritten.
/// - Where the client refuses identity, it gets any coding that it takes. If it takes none, it
///   gets what the IDE sent: to refuse would be the origin server's choice (RFC 9110 §12.5.3).
/// - A page of another site gets no compressed response: from its size, and a part of it that the
///   page chose, it could find out the rest (BREACH).
pub fn decide(request: &Request, response: &Response) -> Decision {
    if !response.has_whole_content() {
        return Decision { depends_on_client: is_open(request, response), ..Decision::PASS };
    }
    match response.coding {
        None => Decision::PASS,
        Some(decode) if response.is_rewritten => {
            let is_fixed = response.cache_control.no_transform;
            let is_small = !worth(response.content_type, response.length);
            let encode = match () {
                () if is_fixed => decode,
                () if decode == Coding::Identity && is_small => at_least(request),
                () => best(request),
            };
            Decision { decode, rewrite: true, encode, depends_on_client: !is_fixed }
        }
        Some(Coding::Identity) if !response.cache_control.no_transform => {
            let is_worth_it = worth(response.content_type, response.length);
            let encode = if is_worth_it { best(request) } else { at_least(request) };
            let depends_on_client = is_worth_it || encode != Coding::Identity;
            Decision { encode, depends_on_client, ..Decision::PASS }
        }
        Some(_) => Decision::PASS,
    }
}

/// Whether a 304 stands for a response that would have been encoded for somebody: it has the Vary
/// that this one has (RFC 9110 §15.4.5). What it says of the content is all there is to go by.
fn is_open(request: &Request, response: &Response) -> bool {
    let whole = Response { status: 200, ..*response };
    response.status == 304
        && !response.content_type.is_empty()
        && decide(request, &whole).depends_on_client
}

fn best(request: &Request) -> Coding {
    match request.is_cross_site {
        true => at_least(request),
        false => request.accepted.best(&Coding::FOR_STREAMS),
    }
}

/// Identity, unless the client refuses it.
fn at_least(request: &Request) -> Coding {
    match request.accepted.identity_refused() {
        true => request.accepted.best(&Coding::FOR_STREAMS),
        false => Coding::Identity,
    }
}
