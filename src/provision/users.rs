//! What the user does in the home, after the drop.

use super::served::Record;
use super::survey::Survey;
use super::{ProvisionError, Report, layout, skeleton, ssh};
use crate::site::Site;
use crate::sys::mounts::Room;
use crate::sys::{paths, signal};

/// What the user does in the home. `record` is root's, from [`super::roots`]. With `is_optional`, a
/// home that can't be used is a warning.
///
/// # Errors
/// A home that can't be used.
pub fn carry_out(
    site: &Site,
    survey: &Survey,
    record: Option<&Record>,
    is_optional: bool,
) -> Result<Report, ProvisionError> {
    let mut report = Report::default();
    let filled = fill_home(site, survey, record, &mut report);
    match filled.map_err(|error| error.explained(site)) {
        Err(error) if is_optional => report.warnings.push(error.to_string()),
        Err(error) => return Err(error),
        Ok(()) => report.warnings.extend(fullness(site)),
    }
    Ok(report)
}

/// What has to be said of a home in which all is there that services need, and room for no more:
/// who is to make room needs them.
fn fullness(site: &Site) -> Option<String> {
    let home = &site.home.path;
    let room = Room::of(home).ok().filter(Room::is_used_up)?;
    Some(format!(
        "{}: the file system is full ({room}): programs fail to save until files are deleted in a \
         terminal, or the volume is enlarged.",
        home.display()
    ))
}

fn fill_home(
    site: &Site,
    survey: &Survey,
    record: Option<&Record>,
    report: &mut Report,
) -> Result<(), ProvisionError> {
    for path in &site.home.directories {
        if layout::make_as_user(&site.home, path)? {
            report.made.push(path.clone());
        }
        if path == &site.home.path {
            let writable = paths::check_directory(path);
            writable.map_err(|error| ProvisionError::new(path, "write there", error))?;
            copy_skeletons(site, survey, record, report);
        }
    }
    fix_ssh(site, report);
    Ok(())
}

/// A home without the skeletons is a poorer one, and a home.
fn copy_skeletons(site: &Site, survey: &Survey, record: Option<&Record>, report: &mut Report) {
    let (home, fill) = (&site.home.path, &survey.fill);
    if !skeleton::settle(fill, site, &survey.past).is_new() {
        return;
    }
    let must_stop = || signal::pending_stop().is_some();
    match skeleton::fill(home, &fill.sources, fill.image_home.as_deref(), must_stop) {
        Ok(copied) if copied.is_stopped => return,
        Ok(copied) => {
            report.done.extend(copied.in_words(home, &fill.sources));
            report.warnings.extend(copied.warnings(home));
        }
        Err(error) => report.warnings.push(format!(
            "{}: can't copy the skeleton into it: {error}. It stays without; the next start tries \
             again if {} is there, as an empty directory of the user's.",
            home.display(),
            home.join(skeleton::UNFILLED).display()
        )),
    }
    let noted = record.map(|record| record.filled(&survey.past, home));
    if let Some(Err(error)) = noted {
        tracing::debug!("the container's homes: {error}");
    }
}

fn fix_ssh(site: &Site, report: &mut Report) {
    let (home, uid) = (&site.home.path, site.account.uid);
    let (mut done, mut failures) = (Vec::new(), Vec::new());
    for fix in ssh::survey(home, uid).unwrap_or_default() {
        match ssh::carry_out(home, uid, &fix) {
            Ok(()) => done.push(fix.in_words()),
            Err(error) => failures.push(format!("{}: {error}", fix.in_words())),
        }
    }
    // At each start with fsGroup: one line.
    if !done.is_empty() {
        let done = done.join(", ");
        report.done.push(format!("permissions that ssh refuses, or that let others write: {done}"));
    }
    if let Some(first) = failures.first() {
        report.warnings.push(format!(
            "{}/.ssh: {} permissions can't be changed, first {first}. ssh will refuse such keys: \
             chmod them where that file system lies, or mount one that keeps permissions.",
            home.display(),
            failures.len()
        ));
    }
}
