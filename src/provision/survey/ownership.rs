//! Whose files in the home are given to the user.

use std::path::Path;

use serde::Serialize;

use crate::environment::host::Host;
use crate::provision::ownership::judgement::{Rules, Verdict};
use crate::provision::ownership::record;
use crate::provision::skeleton::Newness;
use crate::settings::Extent;
use crate::site::{Account, Site};
use crate::sys::dirfd::Dir;

/// Whether files are given to the user, and whose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is_repaired", rename_all = "snake_case")]
pub enum Ownership {
    /// Nothing is changed: this process is not root.
    WithoutRoot,
    /// Nothing is changed: `--chown never`.
    Never,
    /// There is nothing yet that could be anybody's.
    AllNew,
    /// Nothing is changed: the home is another user's, and so is what is in it.
    OfAnother {
        /// Whose it is.
        uid: u32,
    },
    /// Files of these owners are given to the user.
    From {
        /// Their user ids.
        uids: Vec<u32>,
    },
}

/// Whose files may be given to the user: root's, and those of whom the home belonged to before.
pub fn rules(site: &Site) -> Rules {
    let Account { uid, gid, .. } = site.account;
    let home = Dir::open(&site.home.path);
    Rules { uid, gid, earlier: home.map(|home| record::earlier(&home, uid)).unwrap_or_default() }
}

/// Decides. In a home that holds nothing, there is nothing to walk through: the home itself is
/// given at once.
pub fn look(site: &Site, host: &Host, rules: &Rules, newness: Newness) -> Ownership {
    let home = &site.home.path;
    let is_empty = matches!(newness, Newness::Missing | Newness::Empty);
    let is_one_tree = site.home.directories.iter().all(|path| path.starts_with(home));
    match (site.home.chown, another_owner(home, rules)) {
        (Extent::Never, _) => Ownership::Never,
        _ if host.uid != 0 => Ownership::WithoutRoot,
        _ if is_empty && is_one_tree => Ownership::AllNew,
        (_, Some(uid)) if is_one_tree => Ownership::OfAnother { uid },
        (Extent::Auto | Extent::Always, _) => {
            Ownership::From { uids: [&[0], rules.earlier.as_slice()].concat() }
        }
    }
}

/// Whose the home is, where it is not given to the user.
fn another_owner(home: &Path, rules: &Rules) -> Option<u32> {
    let meta = Dir::open(home).and_then(|home| home.meta()).ok()?;
    (rules.judge(&meta) == Verdict::Foreign).then_some(meta.uid)
}

impl Ownership {
    /// For people.
    pub fn in_words(&self, site: &Site) -> String {
        let uids = match self {
            Ownership::WithoutRoot => return "stays as it is, without root".into(),
            Ownership::Never => return "stays as it is (--chown never)".into(),
            Ownership::AllNew => {
                return "the user's from the beginning: the home holds nothing".into();
            }
            Ownership::OfAnother { uid } => {
                return format!("stays as it is: the home belongs to user {uid}");
            }
            Ownership::From { uids } => uids,
        };
        let owners: Vec<_> = uids.iter().map(u32::to_string).collect();
        let wait = match site.home.chown {
            Extent::Always => "services wait for all of it".into(),
            _ => {
                let budget = humantime::format_duration(site.home.chown_budget);
                format!("services wait {budget} for that at most")
            }
        };
        let (owners, account) = (owners.join(", "), &site.account);
        format!("files of user {owners} are given to {}:{}; {wait}", account.uid, account.gid)
    }
}
