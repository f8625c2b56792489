//! The smaller form of an asset, which takes seconds to make and is sent for a year.

use super::form::{Content, Damaged, Form};
use super::pool::{Pool, Scratch};
use super::proof;
use crate::gateway::encoding::{Accepted, Coding, Effort, Encoder};

/// What the small form for a client like this one is encoded with. For 19.3 MB of a workbench zstd
/// makes 4.1 MB of them, brotli 4.3, gzip 4.9.
pub fn coding_for(accepted: &Accepted) -> Coding {
    let taken = [Coding::Zstd, Coding::Brotli].into_iter().find(|coding| accepted.takes(*coding));
    taken.unwrap_or(Coding::Gzip)
}

/// Whether there is something to be gained. gzip is hardly smaller at its best than at once.
pub fn is_worth_it(form: &Form, coding: Coding) -> bool {
    !(form.coding == coding && (form.is_smallest || coding == Coding::Gzip))
}

/// Makes it: seconds of work. None where there is no memory, the result is not smaller, or
/// `goes_on`, which is asked all the while, said no.
pub fn make(
    form: &Form,
    content: &Content,
    coding: Coding,
    pool: &Pool,
    goes_on: impl Fn() -> bool,
) -> Option<Form> {
    let mut scratch = Scratch::new(pool).ok()?;
    encode(form, content, coding, &mut scratch, goes_on).ok()?;
    let made = scratch.finish(coding, form.identity, true);
    (made.length < form.length).then_some(made)
}

fn encode(
    form: &Form,
    content: &Content,
    coding: Coding,
    scratch: &mut Scratch,
    goes_on: impl Fn() -> bool,
) -> Result<(), Damaged> {
    let mut encoder = Encoder::with(coding, Effort::Smallest, Some(form.identity.length));
    let mut out = Vec::new();
    proof::replay(form, content, |piece| {
        out.clear();
        if !goes_on() {
            return Err(Damaged);
        }
        encoder.write(piece, &mut out).map_err(|_| Damaged)?;
        scratch.add(&out).map_err(|_| Damaged)
    })?;
    out.clear();
    encoder.finish(&mut out).map_err(|_| Damaged)?;
    scratch.add(&out).map_err(|_| Damaged)
}
