//! The home: whose its directories are, and whether there is room.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::finding::{Finding, Side};
use crate::plan::Plan;
use crate::provision::survey;
use crate::site::Account;
use crate::sys::mounts::Room;
use crate::sys::{creds, paths};

/// Looks at the home and what has to be in it. Before the start, what that will put right is well.
pub fn look(plan: &Plan, is_started: bool) -> Vec<Finding> {
    let (home, account) = (&plan.site.home, &plan.site.account);
    let given = |path: &&PathBuf| !is_started && plan.survey.is_to_be_given(path);
    let (given, others): (Vec<_>, Vec<_>) = home.directories.iter().partition(given);
    let mut findings: Vec<_> =
        others.into_iter().filter_map(|path| trouble(path, account)).collect();
    findings.extend(room(&home.path));
    if findings.is_empty() {
        let whose = if given.is_empty() { "is" } else { "will be, once it is started," };
        let what = format!("{} {whose} {}'s, with room", home.path.display(), account.name);
        findings.push(Finding::ok("home", what));
    }
    findings
}

/// A directory that is missing is made at the start.
fn trouble(path: &Path, account: &Account) -> Option<Finding> {
    let shown = path.display();
    let finding = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => Finding::broken("home", format!("{shown}: {error}")),
        Ok(meta) if !meta.is_dir() => Finding::broken("home", format!("{shown} is no directory")),
        Ok(meta) if may_write(path, &meta, account) => return None,
        Ok(meta) => {
            let (uid, gid, mode) = (meta.uid(), meta.gid(), meta.mode() & 0o7777);
            let what = format!(
                "{shown} belongs to {uid}:{gid} with mode {mode:03o}, and {} is {}:{}",
                account.name, account.uid, account.gid
            );
            Finding::broken("home", what)
        }
    };
    let remedy = format!(
        "give it to {}:{} (chown), start the container as root with CAP_CHOWN, or give the ids of \
         the volume's owner (WAIIDE_UID, WAIIDE_GID)",
        account.uid, account.gid
    );
    Some(finding.because("the IDE can't keep anything there").change(Side::Container, remedy))
}

/// Whether the user may write there: as them, the kernel knows it, groups that only this container
/// has included.
fn may_write(path: &Path, meta: &std::fs::Metadata, account: &Account) -> bool {
    match creds::uid() == account.uid {
        true => paths::check_directory(path).is_ok(),
        false => survey::may_write((meta.uid(), meta.gid()), meta.mode(), account),
    }
}

fn room(home: &Path) -> Option<Finding> {
    let place = home.ancestors().find(|path| path.exists())?;
    let room = Room::of(place).ok().filter(Room::is_used_up)?;
    let finding = Finding::broken("home", format!("{} is full: {room}", place.display()));
    let remedy = "make room on the volume, or raise its quota";
    Some(finding.because("nothing can be saved").change(Side::Container, remedy))
}
