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

/// As people write ranges: `0-999, 1000`.
impl std::fmt::Display for IdMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, Range { inside, length, .. }) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { ", " };
            match length {
                0 | 1 => write!(f, "{separator}{inside}")?,
                _ => write!(f, "{separator}{inside}-{}", inside.saturating_add(length - 1))?,
            }
        }
        Ok(())
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
        assert_eq!(map.to_string(), "0, 1-65536");
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
