//! Which ids this process's user namespace knows (user_namespaces(7)).

use std::fs;

/// What the files `uid_map`, `gid_map` and `setgroups` in `/proc/self` say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdMaps {
    /// The user ids.
    pub uids: IdMap,
    /// The group ids.
    pub gids: IdMap,
    /// Whether setgroups(2) is allowed at all.
    pub may_set_groups: bool,
}

impl IdMaps {
    /// Reads them. A file that can't be read counts as that of a machine without user namespaces.
    pub fn read() -> Self {
        let file = |name| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
        IdMaps {
            uids: IdMap::parse(&file("uid_map")).unwrap_or_else(IdMap::of_everything),
            gids: IdMap::parse(&file("gid_map")).unwrap_or_else(IdMap::of_everything),
            may_set_groups: file("setgroups").trim() != "deny",
        }
    }

    /// Whether the namespace above is not the host's either, as far as that can be told: ids that
    /// are counted from 0 there are rarely the host's own. Podman's `keep-id` makes it so.
    pub fn is_nested(&self) -> bool {
        self.uids.0.iter().any(|range| range.outside == 0 && range.inside != 0)
    }

    /// The person whose root here is: rootless engines map root alone to who started them.
    pub fn person_behind_root(&self) -> Option<u32> {
        let alone = |range: &&Range| range.inside == 0 && range.length == 1 && range.outside != 0;
        self.uids.0.iter().find(alone).map(|range| range.outside)
    }

    /// Whether ids here are not those of the host.
    pub fn is_user_namespace(&self) -> bool {
        self.uids != IdMap::of_everything() || self.gids != IdMap::of_everything()
    }
}

/// The lines of a `uid_map` or `gid_map`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdMap(Vec<Range>);

/// So many ids from `inside` on are those from `outside` on in the parent namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    inside: u32,
    outside: u32,
    length: u32,
}

impl IdMap {
    /// Reads the lines `inside outside length`; none where one is something else, or there is
    /// none.
    pub fn parse(text: &str) -> Option<Self> {
        let ranges: Option<Vec<_>> = text.lines().map(Range::parse).collect();
        ranges.filter(|ranges| !ranges.is_empty()).map(IdMap)
    }

    /// The map of the initial namespace: each id is itself.
    pub fn of_everything() -> Self {
        IdMap(vec![Range { inside: 0, outside: 0, length: u32::MAX }])
    }

    /// Whether an id can be had in this namespace.
    pub fn holds(&self, id: u32) -> bool {
        self.outside(id).is_some()
    }

    /// What the parent namespace calls an id of this one.
    pub fn outside(&self, id: u32) -> Option<u32> {
        self.0.iter().find_map(|range| {
            let offset = id.checked_sub(range.inside).filter(|offset| *offset < range.length)?;
            range.outside.checked_add(offset)
        })
    }
}

impl IdMap {
    /// The ids inside, as first ones and ends, in their order.
    fn merged(&self) -> Vec<(u64, u64)> {
        let end = |range: &Range| u64::from(range.inside) + u64::from(range.length);
        let mut all: Vec<_> =
            self.0.iter().map(|range| (range.inside.into(), end(range))).collect();
        all.sort_unstable();
        all.into_iter().fold(Vec::new(), |mut merged: Vec<(u64, u64)>, (first, end)| {
            match merged.last_mut() {
                Some(last) if last.1 >= first => last.1 = last.1.max(end),
                _ => merged.push((first, end)),
            }
            merged
        })
    }
}

impl Range {
    fn parse(line: &str) -> Option<Self> {
        let numbers: Option<Vec<u32>> =
            line.split_whitespace().map(|number| number.parse().ok()).collect();
        match numbers?.as_slice() {
            [inside, outside, length] => {
                Some(Range { inside: *inside, outside: *outside, length: *length })
            }
            _ => None,
        }
    }
}

/// As people write ranges: `0-999, 1000`. Those that touch are one.
impl std::fmt::Display for IdMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<String> = self.merged().into_iter().map(written).collect();
        f.write_str(&words.join(", "))
    }
}

fn written((first, end): (u64, u64)) -> String {
    match end - first {
        0 | 1 => first.to_string(),
        _ => format!("{first}-{}", end - 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As rootless Podman makes it: root is who started it, the others are of /etc/subuid.
    const ROOTLESS: &str = "         0       1000          1\n         1     100000      65536\n";

    #[test]
    fn ids_are_looked_up_in_every_range() {
        let map = IdMap::parse(ROOTLESS).unwrap();
        assert_eq!(map.outside(0), Some(1000));
        assert_eq!(map.outside(1000), Some(100_999));
        assert_eq!(map.outside(65_536), Some(165_535));
        assert_eq!(map.outside(65_537), None);
        assert_eq!(map.to_string(), "0-65536");
        assert_eq!(IdMap::parse("1000 0 1\n0 1 10").unwrap().to_string(), "0-9, 1000");
    }

    #[test]
    fn whose_ids_those_outside_are_is_told_apart() {
        let maps = |text: &str| {
            let map = IdMap::parse(text).unwrap();
            IdMaps { uids: map.clone(), gids: map, may_set_groups: true }
        };
        let (remapped, keep_id) = ("0 231072 65536", "0 1 1000\n1000 0 1\n1001 1001 64536");
        let seen = |text: &str| {
            let maps = maps(text);
            (maps.is_user_namespace(), maps.is_nested(), maps.person_behind_root())
        };
        assert_eq!(seen(ROOTLESS), (true, false, Some(1000)));
        assert_eq!(seen(remapped), (true, false, None));
        assert_eq!(seen(keep_id), (true, true, None));
        assert_eq!(seen("0 0 4294967295"), (false, false, None));
    }

    #[test]
    fn the_initial_namespace_holds_all() {
        let map = IdMap::parse("         0          0 4294967295\n").unwrap();
        assert_eq!(map, IdMap::of_everything());
        assert!(map.holds(4_294_967_294) && !map.holds(u32::MAX));
    }

    #[test]
    fn what_is_no_map_is_none() {
        for text in ["", "\n", "0 0", "0 0 x", "0 0 1 1", "-1 0 1", "0 0 4294967296"] {
            assert_eq!(IdMap::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_and_no_id_is_too_odd(text in "[0-9 \\n]{0,60}", id: u32) {
            if let Some(map) = IdMap::parse(&text) {
                prop_assert_eq!(map.holds(id), map.outside(id).is_some());
                let _ = map.to_string();
            }
        }
    }
}
