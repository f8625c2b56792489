//! From root to the user, for good, and the proof of it.

use std::io;
use std::path::Path;

use crate::environment::accounts;
use crate::site::Account;
use crate::sys::caps::{self, SETGID, SETUID};
use crate::sys::creds::{self, Credentials};
use crate::sys::idmap::IdMaps;

/// Why the drop can't be made, or was not complete.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// The container's engine withholds what the drop needs.
    #[error(
        "started as root without {}, so the user can't be become: start the container with {} \
         (Kubernetes: securityContext.capabilities.add), or as the user (docker run --user 1000:100; \
         Kubernetes: runAsUser)",
        missing.join(" and "),
        missing.iter().map(|name| format!("--cap-add {name}")).collect::<Vec<_>>().join(" ")
    )]
    Withheld {
        /// Which capabilities.
        missing: Vec<&'static str>,
    },
    /// The user namespace doesn't hold the user.
    #[error(
        "user {uid} and group {gid} can't be become: this user namespace knows the users {users} \
         and the groups {groups} alone. Give it a range of ids (rootless Podman: ranges in \
         /etc/subuid and /etc/subgid, as usermod --add-subuids 100000-165535 --add-subgids \
         100000-165535 NAME makes them, then podman system migrate), start as the user (podman \
         run --userns=keep-id:uid={uid},gid={gid}), or give --uid and --gid (WAIIDE_UID, \
         WAIIDE_GID) that it knows"
    )]
    Unmapped {
        /// Who was to be become.
        uid: u32,
        /// See `uid`.
        gid: u32,
        /// What the namespace knows.
        users: String,
        /// See `users`.
        groups: String,
    },
    /// Groups that came along, and can't be given up.
    #[error(
        "the supplementary groups {} would stay with the user: this user namespace forbids to give \
         them up (/proc/self/setgroups says deny). Have the runtime map groups by newgidmap(1), \
         with a range in /etc/subgid, or start the container from an account without them, or as \
         the user (podman run --userns=keep-id)",
        groups.iter().map(|group| group.to_string()).collect::<Vec<_>>().join(", ")
    )]
    LastingGroups {
        /// Which ones.
        groups: Vec<u32>,
    },
    /// A step failed.
    #[error("can't {0}: {1}")]
    Step(&'static str, io::Error),
    /// The kernel says something else than what was asked for.
    #[error("after dropping root's rights, {0}: refusing to go on")]
    Incomplete(String),
}

/// Whether a root process has what the drop needs. Asked before anything is changed.
///
/// # Errors
/// A capability, an id or a right that is missing; or /proc.
pub fn check(account: &Account) -> Result<(), PrivilegeError> {
    let own = creds::current().map_err(|error| PrivilegeError::Step("read /proc", error))?;
    match creds::uid() {
        0 => check_root(&own, account, &IdMaps::read()),
        _ => Ok(()),
    }
}

fn check_root(own: &Credentials, account: &Account, ids: &IdMaps) -> Result<(), PrivilegeError> {
    let needed = [("SETUID", SETUID), ("SETGID", SETGID)];
    let missing = needed.into_iter().filter(|(_, bit)| own.effective & bit == 0);
    let missing: Vec<_> = missing.map(|(name, _)| name).collect();
    if !missing.is_empty() {
        return Err(PrivilegeError::Withheld { missing });
    }
    let Account { uid, gid, .. } = *account;
    if !ids.uids.holds(uid) || !ids.gids.holds(gid) {
        let (users, groups) = (ids.uids.to_string(), ids.gids.to_string());
        return Err(PrivilegeError::Unmapped { uid, gid, users, groups });
    }
    match lasting_groups(own, account, ids) {
        groups if groups.is_empty() => Ok(()),
        groups => Err(PrivilegeError::LastingGroups { groups }),
    }
}

/// Groups that the drop would leave to the user. Where setgroups(2) is denied, even one that is
/// not mapped goes on opening files (user_namespaces(7)).
fn lasting_groups(own: &Credentials, account: &Account, ids: &IdMaps) -> Vec<u32> {
    let mut groups = own.groups.clone();
    groups.retain(|group| !ids.may_set_groups && *group != account.gid);
    groups
}

/// Becomes the user: groups, ids, every capability set, and no way back. Started as a user,
/// gives up what that user may have been lent. `was_root` says which of the two it was.
///
/// # Errors
/// A step that failed, or a right that is still there afterwards.
pub fn drop_to(account: &Account, was_root: bool) -> Result<(), PrivilegeError> {
    let step = |name| move |error| PrivilegeError::Step(name, error);
    let is_root = creds::uid() == 0;
    if was_root != is_root {
        return Err(PrivilegeError::Incomplete("it is somebody else than at the start".into()));
    }
    let mut kept = Kept { bounding: true, groups: None };
    if is_root {
        kept.bounding = !caps::empty_bounding_set().map_err(step("empty the bounding set"))?;
        kept.groups = Some(become_groups(account).map_err(step("set the groups"))?);
        creds::set_gid(account.gid).map_err(step("become the group"))?;
        creds::set_uid(account.uid).map_err(step("become the user"))?;
    }
    caps::empty_ambient_set().map_err(step("empty the ambient set"))?;
    caps::empty_own_sets().map_err(step("give up capabilities"))?;
    creds::set_no_new_privs().map_err(step("forbid new privileges"))?;
    creds::set_undumpable().map_err(step("protect this process's memory"))?;
    let now = creds::current().map_err(step("read /proc/self/status"))?;
    verify(&now, account, &kept).map_err(PrivilegeError::Incomplete)?;
    match creds::can_become_root() {
        true => Err(PrivilegeError::Incomplete("setuid(0) still succeeds".into())),
        false => Ok(()),
    }
}

/// Takes the user's supplementary groups and no others. Returns them: where nothing may be set,
/// [`check`] has seen that there is nothing to give up.
fn become_groups(account: &Account) -> io::Result<Vec<u32>> {
    let ids = IdMaps::read();
    if !ids.may_set_groups {
        return creds::current().map(|own| own.groups);
    }
    let mut groups = groups_of(&account.name, account.gid);
    groups.retain(|group| ids.gids.holds(*group));
    creds::set_groups(&groups)?;
    Ok(groups)
}

/// What may be left after the drop.
struct Kept {
    /// The bounding set, where changing it is not allowed.
    bounding: bool,
    /// These groups and no others; none: whatever a user that is not root was started with.
    groups: Option<Vec<u32>>,
}

/// The groups that group(5) lists the user in, besides the primary one. Never root's.
pub fn groups_of(user: &str, gid: u32) -> Vec<u32> {
    let text = accounts::read(Path::new(accounts::GROUP)).unwrap_or_default();
    let mut groups = vec![gid];
    let lines = accounts::lines(&text).map(String::from_utf8_lossy);
    groups.extend(lines.filter_map(|line| listed(&line, user)));
    groups.retain(|group| *group != 0);
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn listed(line: &str, user: &str) -> Option<u32> {
    let mut fields = line.split(':').skip(2);
    let gid = fields.next()?.parse().ok()?;
    fields.next()?.split(',').any(|member| member == user).then_some(gid)
}

/// Compares what the kernel says with what was asked for.
fn verify(now: &Credentials, account: &Account, kept: &Kept) -> Result<(), String> {
    let sets = [
        ("inheritable", now.inheritable),
        ("permitted", now.permitted),
        ("effective", now.effective),
        ("ambient", now.ambient),
    ];
    if let Some((name, set)) = sets.into_iter().find(|(_, set)| *set != 0) {
        return Err(format!("the {name} capabilities are {set:#x}"));
    }
    if now.bounding != 0 && !kept.bounding {
        return Err(format!("the bounding set is {:#x}", now.bounding));
    }
    if now.uids != [account.uid; 4] || now.gids != [account.gid; 4] {
        return Err(format!("the ids are {:?} and {:?}", now.uids, now.gids));
    }
    if kept.groups.as_ref().is_some_and(|groups| *groups != now.groups) {
        return Err(format!("the groups are {:?}", now.groups));
    }
    match now.no_new_privs {
        true => Ok(()),
        false => Err("new privileges can still be had".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::idmap::IdMap;

    fn account() -> Account {
        Account { name: "calliope".into(), uid: 1000, gid: 100, shell: "/bin/sh".into() }
    }

    fn dropped() -> Credentials {
        Credentials {
            uids: vec![1000; 4],
            gids: vec![100; 4],
            groups: vec![100],
            no_new_privs: true,
            ..Credentials::default()
        }
    }

    fn nothing_kept() -> Kept {
        Kept { bounding: false, groups: Some(vec![100]) }
    }

    #[test]
    fn a_whole_drop_passes() {
        assert_eq!(verify(&dropped(), &account(), &nothing_kept()), Ok(()));
    }

    #[test]
    fn each_right_that_is_left_is_found() {
        let broken: [fn(&mut Credentials); 9] = [
            |c| c.groups.push(0),
            |c| c.uids[2] = 0,
            |c| c.gids[0] = 0,
            |c| c.inheritable = 1,
            |c| c.permitted = 1,
            |c| c.effective = 1,
            |c| c.ambient = 1,
            |c| c.bounding = 1,
            |c| c.no_new_privs = false,
        ];
        for (number, breaks) in broken.iter().enumerate() {
            let mut now = dropped();
            breaks(&mut now);
            assert!(verify(&now, &account(), &nothing_kept()).is_err(), "{number}");
        }
    }

    #[test]
    fn a_withheld_bounding_set_may_stay() {
        let now = Credentials { bounding: 0xc1, ..dropped() };
        let kept = Kept { bounding: true, ..nothing_kept() };
        assert_eq!(verify(&now, &account(), &kept), Ok(()));
    }

    fn root() -> Credentials {
        Credentials { effective: u64::MAX, ..Credentials::default() }
    }

    fn ids(uids: &str, gids: &str, may_set_groups: bool) -> IdMaps {
        let map = |text| IdMap::parse(text).unwrap();
        IdMaps { uids: map(uids), gids: map(gids), may_set_groups }
    }

    #[test]
    fn an_id_that_the_namespace_does_not_know_is_told_with_those_that_it_knows() {
        let all = "0 100000 65536";
        for (uids, gids) in [("0 1000 1", all), (all, "0 1000 1\n2 7 1")] {
            let error = check_root(&root(), &account(), &ids(uids, gids, true)).unwrap_err();
            assert!(matches!(error, PrivilegeError::Unmapped { .. }), "{error}");
            assert!(error.to_string().contains("keep-id:uid=1000,gid=100"), "{error}");
        }
        assert!(check_root(&root(), &account(), &ids(all, all, true)).is_ok());
    }

    #[test]
    fn groups_that_would_stay_are_no_start() {
        let all = "0 100000 65536";
        let with = |groups: &[u32]| Credentials { groups: groups.to_vec(), ..root() };
        let error = check_root(&with(&[100, 65534]), &account(), &ids(all, all, false));
        assert!(error.unwrap_err().to_string().contains("groups 65534 would"));
        assert!(check_root(&with(&[100, 65534]), &account(), &ids(all, all, true)).is_ok());
        assert!(check_root(&with(&[100]), &account(), &ids(all, all, false)).is_ok());
    }

    #[test]
    fn groups_are_read_from_the_members_field() {
        assert_eq!(listed("video:x:44:bob,calliope", "calliope"), Some(44));
        assert_eq!(listed("video:x:44:calliope2", "calliope"), None);
        assert_eq!(listed("calliope:x:44:", "calliope"), None);
        assert_eq!(listed("broken", "calliope"), None);
    }
}
