//! Remedies for EACCES and EPERM: who owns what is in the way, and who wants to use it.

use std::path::Path;

use super::facts::{Facts, Found};
use super::words::{is_network, is_own_root, quoted, sentences, shown};
use crate::settings::Extent;
use crate::site::Account;
use crate::sys::caps;

/// What the kernel calls an id that the namespace doesn't map (`/proc/sys/kernel/overflowuid`).
const UNMAPPED: u32 = 65534;
const WRITE_AND_ENTER: u32 = 3;
const ENTER: u32 = 1;

pub fn remedy(facts: &Facts) -> String {
    let Some(found) = &facts.found else { return no_facts(facts) };
    let may_enter = found.permits(facts.account.uid, &groups(facts), ENTER);
    if let (Some(closed), true) = (&facts.closed, may_enter) {
        return kept_out(facts, closed);
    }
    // Root may change what is root's only where the group is one of the namespace's as well.
    let is_unmapped = found.uid == UNMAPPED || (found.uid == 0 && found.gid == UNMAPPED);
    if facts.ids.is_user_namespace() && is_unmapped {
        return unmapped(facts, found);
    }
    if facts.was_root() && (facts.is_about_ownership || found.uid == 0 && is_users(facts, found)) {
        return not_given(facts, found);
    }
    if !is_users(facts, found) {
        return on_the_way(facts, found);
    }
    if found.permits(facts.account.uid, &groups(facts), WRITE_AND_ENTER) {
        return refused_all_the_same(facts, found);
    }
    match found.uid == facts.account.uid {
        true => mode_alone(facts, found),
        false => anothers(facts, found),
    }
}

/// What should be the user's: the home and what is in it, or another directory that was asked for.
fn is_users(facts: &Facts, found: &Found) -> bool {
    found.path == facts.path || found.path.starts_with(&facts.home)
}

fn groups(facts: &Facts) -> Vec<u32> {
    let mut groups = vec![facts.account.gid];
    if !facts.was_root() {
        groups.extend(&facts.started.groups);
    }
    groups
}

fn no_facts(facts: &Facts) -> String {
    format!(
        "Mount a volume that user {} may write to at {}, or give another --home (WAIIDE_HOME).",
        facts.user(),
        shown(&facts.home)
    )
}

/// The directory above would let the user pass, and what is mounted there does not.
fn kept_out(facts: &Facts, closed: &Path) -> String {
    let (uid, there) = (facts.account.uid, shown(closed));
    let kind = file_system(facts);
    format!(
        "{kind} at {there} lets user {uid} not even look: where FUSE is mounted, let others in (-o \
         allow_other) or mount it as user {uid}; on a server, let this user and this machine in."
    )
}

fn file_system(facts: &Facts) -> String {
    match &facts.mount {
        Some(mount) => {
            format!("The file system ({} of {})", mount.kind, shown(mount.source.as_ref()))
        }
        None => "The file system".into(),
    }
}

fn owner(facts: &Facts, found: &Found) -> String {
    let (user, mode) = (facts.user(), found.mode);
    let groups: Vec<_> = match facts.was_root() {
        true => Vec::new(),
        false => facts.started.groups.iter().filter(|gid| **gid != facts.account.gid).collect(),
    };
    let also = match groups.as_slice() {
        [] => String::new(),
        groups => {
            let groups: Vec<_> = groups.iter().map(|gid| gid.to_string()).collect();
            format!(" (also in {})", groups.join(", "))
        }
    };
    format!(
        "{} belongs to {}:{} (mode {mode:04o}), and the user is {user}{also}.",
        facts.it(found),
        found.uid,
        found.gid
    )
}

fn unmapped(facts: &Facts, found: &Found) -> String {
    let (it, knows) = (facts.it(found), &facts.ids.uids);
    let Account { uid, gid, .. } = facts.account;
    let other_ways = match (facts.started.is_pod, facts.ids.is_nested()) {
        (true, _) => "; or set hostUsers: true for the pod".to_owned(),
        (false, true) => String::new(),
        (false, false) => format!(
            "; with rootless Podman: podman unshare chown -R {uid}:{gid} it, or podman run \
             --userns=keep-id:uid={uid},gid={gid}; with Docker's userns-remap: or docker run \
             --userns=host"
        ),
    };
    format!(
        "{it} belongs to an id, or a group, that this user namespace does not know (shown as \
         {UNMAPPED}; it knows {knows}), so that nobody in here may change it. On the host: \
         {}{other_ways}.",
        facts.chown_outside("it")
    )
}

/// Root could not give it to the user, or was told not to.
fn not_given(facts: &Facts, found: &Found) -> String {
    let owner = owner(facts, found);
    if facts.chown == Extent::Never && !facts.is_about_ownership {
        let by_hand = facts.chown_by_hand(found);
        return format!(
            "{owner} --chown never (WAIIDE_CHOWN) leaves it so: leave that out, or {by_hand}."
        );
    }
    if !facts.had(caps::CHOWN) {
        return format!("{owner} {}, or {}.", facts.add_chown(), facts.chown_by_hand(found));
    }
    let kind = file_system(facts);
    format!(
        "{owner} {kind} lets root change no owner, as a server with root_squash does: {}, or {}.",
        facts.chown_by_hand(found),
        start_as_owner(facts, found)
    )
}

/// A directory above, which the user has to pass or to make another in.
fn on_the_way(facts: &Facts, found: &Found) -> String {
    let (there, home) = (shown(&found.path), shown(&facts.path));
    let owner = owner(facts, found);
    if !found.permits(facts.account.uid, &groups(facts), ENTER) {
        return format!(
            "{owner} It lets the user pass to nothing in it: chmod a+x {}, or give another {}.",
            quoted(&found.path),
            facts.setting_in_full()
        );
    }
    let as_root = match (facts.was_root(), facts.started.is_pod) {
        (true, _) => "",
        (false, true) => ", start the container as root (no runAsUser)",
        (false, false) => ", start the container as root (no --user)",
    };
    let volume = facts.mount_a_volume();
    format!(
        "{owner} There is no {home}, and the user may make nothing in {there}: {volume} that the \
         user may write to{as_root}, or give another {}.",
        facts.setting_in_full()
    )
}

/// The permission bits are not the reason.
fn refused_all_the_same(facts: &Facts, found: &Found) -> String {
    let owner = owner(facts, found);
    match &facts.mount {
        Some(mount) if is_network(mount) => format!(
            "{owner} That would do, and yet the file system ({} of {}) refuses: on its server, look \
             at the export's options (all_squash, anonuid, sec) and at the access lists.",
            mount.kind,
            shown(mount.source.as_ref())
        ),
        _ => {
            let label = match facts.started.is_pod {
                true => "securityContext.seLinuxOptions",
                false => "docker run -v …:Z gives the volume the right label",
            };
            format!(
                "{owner} That would do, so something else refuses: SELinux ({label}), AppArmor, or \
                 an access list (getfacl)."
            )
        }
    }
}

fn mode_alone(facts: &Facts, found: &Found) -> String {
    format!(
        "{} Its owner may not use it: chmod u+rwx {}.",
        owner(facts, found),
        quoted(&found.path)
    )
}

fn anothers(facts: &Facts, found: &Found) -> String {
    let is_in_its_group = groups(facts).contains(&found.gid);
    let by_group = match is_in_its_group {
        true => "Its group is the user's and may not write: chmod -R g+rwX it.".to_owned(),
        false => String::new(),
    };
    let ways =
        [Some(start_as_owner(facts, found)), volume_for_group(facts), start_as_root(facts, found)];
    let mut ways: Vec<String> = ways.into_iter().flatten().filter(|way| !way.is_empty()).collect();
    if facts.mount.as_ref().is_some_and(is_own_root) {
        ways.push(facts.mount_a_volume());
    }
    ways.push(facts.chown_by_hand(found));
    let ways = ways.join("; or ");
    sentences(&[&owner(facts, found), &by_group, &capitalised(&format!("{ways}."))])
}

/// How to run as who owns it; empty where that is root.
fn start_as_owner(facts: &Facts, found: &Found) -> String {
    let (uid, gid) = (found.uid, found.gid);
    match (uid, facts.was_root(), facts.started.is_pod) {
        (0, true, _) if facts.ids.is_user_namespace() => {
            "start with podman run --userns=keep-id, where the user owns what is theirs on the host"
                .into()
        }
        (0, true, _) => "have its server let the user write there (anonuid)".into(),
        (0, false, _) => String::new(),
        (_, true, true) => {
            format!("set WAIIDE_UID={uid} and WAIIDE_GID={gid} (or NB_UID and NB_GID) in env")
        }
        (_, true, false) => format!(
            "run as who owns it, with --uid {uid} --gid {gid} (docker run -e WAIIDE_UID={uid} -e \
             WAIIDE_GID={gid}; NB_UID and NB_GID do as well)"
        ),
        (_, false, true) => {
            format!("set securityContext.runAsUser: {uid} and runAsGroup: {gid}")
        }
        (_, false, false) => format!("start the container with docker run --user {uid}:{gid}"),
    }
}

/// Kubernetes gives volumes to a group, where it is asked to and nothing runs as root.
fn volume_for_group(facts: &Facts) -> Option<String> {
    let is_volume = !facts.mount.as_ref().is_some_and(is_own_root);
    (facts.started.is_pod && !facts.was_root() && is_volume).then(|| {
        format!(
            "set securityContext.fsGroup: {} for the pod, which has the volume given to that group",
            facts.account.gid
        )
    })
}

/// Root gives root's files to the user, and nobody else's.
fn start_as_root(facts: &Facts, found: &Found) -> Option<String> {
    let how = match facts.started.is_pod {
        true => "no runAsUser",
        false => "no --user",
    };
    (found.uid == 0 && !facts.was_root())
        .then(|| format!("start the container as root ({how}), and it is given to the user"))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
