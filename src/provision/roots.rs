//! What only root can do, while this process still is root.

use super::accounts::Weight;
use super::ownership;
use super::served::{Record, Visit};
use super::survey::Survey;
use super::{ProvisionError, Report, layout, remember};
use crate::environment::host::Host;
use crate::settings::Extent;
use crate::site::{Account, Site};
use crate::sys::dirfd::Dir;
use crate::sys::idmap::IdMaps;
use crate::sys::mounts;

/// Makes the home, and begins to give its files to the user. Without root: a name for the user,
/// where everybody may add one.
///
/// # Errors
/// A home that can't be made.
pub fn carry_out(site: &Site, host: &Host, survey: &Survey) -> Result<Report, ProvisionError> {
    let mut report = Report::default();
    if host.uid != 0 {
        edit_accounts(survey, &mut report);
        return Ok(report);
    }
    report.warnings.extend(persons_home(site));
    layout::make_as_root(&site.home, &survey.rules, &mut report.made)
        .map_err(|error| error.explained(site))?;
    report.record = begin_record(site, survey);
    edit_accounts(survey, &mut report);
    remember(site, survey);
    // Where root may not even look, the user's own rights have to do.
    let is_seen = Dir::open(&site.home.path).and_then(|home| home.meta()).is_ok();
    if !survey.has_something_to_give() || !is_seen {
        return Ok(report);
    }
    match ownership::start(site, survey.rules.clone()) {
        Ok(helper) => report.helper = Some(helper),
        Err(error) => report.warnings.push(format!(
            "The home's files could not be given to the user: {error}. They stay as they are."
        )),
    }
    Ok(report)
}

/// Before passwd(5) names this home: afterwards nobody could tell it from the image's own.
fn begin_record(site: &Site, survey: &Survey) -> Option<Record> {
    let begun = Record::begin(&survey.past, &Visit::of(site), survey.home_to_remember());
    begun.inspect_err(|error| tracing::debug!("the container's homes: {error}")).ok()
}

fn edit_accounts(survey: &Survey, report: &mut Report) {
    for step in &survey.accounts {
        match step.carry_out() {
            Ok(()) => report.done.push(step.in_words()),
            Err(error) => match step.weight() {
                Weight::Warning => report.warnings.push(error),
                Weight::Note => tracing::info!("{error}"),
                Weight::Detail => tracing::debug!("{error}"),
            },
        }
    }
}

/// What has to be said before a home of root's becomes the user's where root is a person: to them,
/// on the host, it is theirs no more.
fn persons_home(site: &Site) -> Option<String> {
    let (home, ids) = (&site.home.path, IdMaps::read());
    let person = ids.person_behind_root()?;
    let is_mounted = mounts::of(home).is_some_and(|mount| mount.point == *home);
    let is_persons =
        || Dir::open(home).and_then(|home| home.meta()).is_ok_and(|meta| meta.uid == 0);
    let Account { uid, gid, .. } = site.account;
    let taken = site.home.chown != Extent::Never && is_mounted && is_persons();
    taken.then(|| {
        format!(
            "{}: it is user {person}'s on the host, and is given to user {}, as whom user {uid} is \
             known there. To leave it: podman run --userns=keep-id:uid={uid},gid={gid}.",
            home.display(),
            ids.uids.outside(uid).unwrap_or(uid)
        )
    })
}
