//! Whether a form of an answer is kept, or is going to be.

use super::destination::Destination;
use crate::gateway::assets::{Assets, Kept, Key, cacheable};
use crate::gateway::encoding::{Coding, Effort, Encoder};
use crate::gateway::http1::{Body, Name};
use crate::gateway::response::{Change, Plan, facts};
use crate::gateway::turn::Turn;

/// What was found.
pub enum Found {
    /// Nothing; where it is worth it, what is made now is kept.
    Nothing,
    /// A form, and what the client gets with it.
    Form(Kept, Plan),
}

/// Looks for a form of an answer whose head has come. Where there is none and there should be one,
/// `change` keeps what it makes.
pub fn look(
    turn: &Turn<'_>,
    plan: &Plan,
    body: &Body,
    to: &Destination<'_>,
    assets: &Assets,
    change: &mut Change,
) -> Found {
    let coding = plan.decision.encode;
    let mut vary = Vec::new();
    let request = facts::of_request(turn.head);
    let response = facts::of_response(turn.response, plan.decision.rewrite, &mut vary);
    if coding == Coding::Identity || !cacheable(&request, &response) {
        return Found::Nothing;
    }
    let key = Key::new(to.onward.target.as_bytes());
    if let Some(kept) = assets.find(&key, &request.accepted) {
        let plan = Plan::of_kept(
            turn.head,
            turn.response,
            body,
            &to.scope,
            (kept.coding(), kept.length()),
        );
        return Found::Form(kept, plan);
    }
    if let Some(draft) = assets.draft(&key, coding, &request.accepted) {
        change.encoder = Some(Encoder::with(coding, Effort::Asset, body.length()));
        let etag = turn.response.fields().first(Name::Etag).map(<[u8]>::to_vec);
        change.draft = Some((draft, etag));
    }
    Found::Nothing
}
