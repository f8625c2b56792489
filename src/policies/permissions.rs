//! `Permissions-Policy` (W3C Permissions Policy §5.2): which of a browser's powerful features a
//! page may use, and which origins it may hand them on to. A dictionary of structured fields
//! (RFC 9651 §3.2): of several lines and of several values for a feature, the last counts.
//!
//! `Feature-Policy` is what it was called before. Chromium still honours it for features that
//! `Permissions-Policy` does not name.

use sfv::{BareItem, Dictionary, FieldType, InnerList, Item, Key, ListEntry, Parser, Token};

/// The feature that voice needs.
pub const MICROPHONE: &str = "microphone";

/// A policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy(Dictionary);

/// Who may use a feature.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowlist {
    /// Everybody: `*`.
    pub all: bool,
    /// The page's own origin: `self`.
    pub itself: bool,
    /// Others, as they are written.
    pub origins: Vec<String>,
}

/// What is no dictionary. A browser takes no notice of all of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a list of features such as microphone=(self), camera=() ({0})")]
pub struct Unreadable(String);

impl Policy {
    /// Reads a field's value; several lines are joined by commas first (RFC 9651 §4.2).
    ///
    /// # Errors
    /// It is no dictionary.
    pub fn parse(value: &str) -> Result<Policy, Unreadable> {
        let parsed = Parser::new(value).parse();
        parsed.map(Policy).map_err(|error| Unreadable(error.to_string()))
    }

    /// Reads a `Feature-Policy`: directives between semicolons, each a feature and who may use it,
    /// which is the page's own origin where nobody is named.
    pub fn of_feature_policy(value: &str) -> Policy {
        let mut policy = Dictionary::new();
        for directive in value.split([';', ',']) {
            let mut words = directive.split_ascii_whitespace();
            if let Some(key) = words.next().and_then(|name| Key::from_string(name.into()).ok()) {
                policy.insert(key, old_allowlist(words).to_entry());
            }
        }
        Policy(policy)
    }

    /// Who may use a feature; none: the policy does not name it, and the feature's own default
    /// holds, which for the microphone is the page's origin.
    pub fn allowlist(&self, feature: &str) -> Option<Allowlist> {
        self.0.get(feature).map(Allowlist::of_entry)
    }

    /// One policy in the place of two: a feature that one of them names is as it says, and of a
    /// feature that both name, those may use it whom both let.
    #[must_use]
    pub fn and(&self, other: &Policy) -> Policy {
        let mut both = self.0.clone();
        for (feature, theirs) in &other.0 {
            let stricter = both.get(feature.as_str()).map(|ours| stricter(ours, theirs));
            both.insert(feature.clone(), stricter.unwrap_or_else(|| theirs.clone()));
        }
        Policy(both)
    }

    /// This one as far as `other` names its features too.
    #[must_use]
    pub fn limited_to(mut self, other: &Policy) -> Policy {
        self.0.retain(|feature, _| other.0.contains_key(feature.as_str()));
        self
    }

    /// This one but for the features that `other` names.
    #[must_use]
    pub fn without(mut self, other: &Policy) -> Policy {
        self.0.retain(|feature, _| !other.0.contains_key(feature.as_str()));
        self
    }

    /// The field's value; none where no feature is named.
    pub fn to_value(&self) -> Option<String> {
        self.0.serialize()
    }
}

/// The entry of the two that fewer may use, or one of those whom both let; what else the first one
/// says (`report-to`) stays.
fn stricter(one: &ListEntry, other: &ListEntry) -> ListEntry {
    let (ours, theirs) = (Allowlist::of_entry(one), Allowlist::of_entry(other));
    let both = ours.and(&theirs);
    if both == ours {
        return one.clone();
    }
    if both == theirs {
        return other.clone();
    }
    both.to_entry()
}

fn old_allowlist<'a>(words: impl Iterator<Item = &'a str>) -> Allowlist {
    let words: Vec<&str> = words.collect();
    let quoted = |name: &str| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    let plain = words.iter().filter(|word| **word != "*" && !word.starts_with('\''));
    Allowlist {
        all: words.contains(&"*"),
        itself: words.is_empty() || quoted("'self'"),
        origins: plain.map(|word| (*word).to_owned()).collect(),
    }
}

impl Allowlist {
    fn of_entry(entry: &ListEntry) -> Allowlist {
        let items = match entry {
            ListEntry::Item(item) => std::slice::from_ref(item),
            ListEntry::InnerList(list) => &list.items,
        };
        let mut allowlist = Allowlist::default();
        for item in items {
            match &item.bare_item {
                BareItem::Token(token) if token.as_str() == "*" => allowlist.all = true,
                BareItem::Token(token) if token.as_str() == "self" => allowlist.itself = true,
                BareItem::String(origin) => allowlist.origins.push(origin.as_str().to_owned()),
                // Browsers pass over what they do not know.
                _ => {}
            }
        }
        allowlist
    }

    /// Whether the page itself may use the feature.
    pub fn lets_itself(&self) -> bool {
        self.all || self.itself
    }

    /// Whether nobody may.
    pub fn is_empty(&self) -> bool {
        *self == Allowlist::default()
    }

    /// Those whom both let. Origins count as they are written.
    fn and(&self, other: &Allowlist) -> Allowlist {
        match (self.all, other.all) {
            (true, _) => other.clone(),
            (_, true) => self.clone(),
            _ => Allowlist {
                all: false,
                itself: self.itself && other.itself,
                origins: self
                    .origins
                    .iter()
                    .filter(|it| other.origins.contains(it))
                    .cloned()
                    .collect(),
            },
        }
    }

    fn to_entry(&self) -> ListEntry {
        let token = |text| Token::from_string(String::from(text)).ok().map(Item::new);
        let origin = |it: &String| sfv::String::from_string(it.clone()).ok().map(Item::new);
        if self.all {
            return token("*").map_or_else(|| InnerList::new(Vec::new()).into(), ListEntry::Item);
        }
        let itself = self.itself.then(|| token("self")).flatten();
        let origins = self.origins.iter().filter_map(origin);
        InnerList::new(itself.into_iter().chain(origins).collect()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(value: &str) -> Policy {
        Policy::parse(value).unwrap()
    }

    fn both(one: &str, other: &str) -> String {
        of(one).and(&of(other)).to_value().unwrap_or_default()
    }

    #[test]
    fn an_allowlist_is_read_as_browsers_read_it() {
        for (value, all, itself, origins) in [
            ("microphone=*", true, false, vec![]),
            ("microphone=(*)", true, false, vec![]),
            ("microphone=self", false, true, vec![]),
            ("microphone=(self)", false, true, vec![]),
            ("microphone=()", false, false, vec![]),
            ("microphone", false, false, vec![]),
            ("microphone=(self), microphone=()", false, false, vec![]),
            ("microphone=(), microphone=(self)", false, true, vec![]),
            (
                "microphone=(self \"https://a.example\" x);report-to=y",
                false,
                true,
                vec!["https://a.example"],
            ),
        ] {
            let expected = Allowlist {
                all,
                itself,
                origins: origins.into_iter().map(str::to_owned).collect(),
            };
            assert_eq!(of(value).allowlist("microphone"), Some(expected), "{value}");
        }
        assert_eq!(of("camera=()").allowlist("microphone"), None);
        for unreadable in ["microphone self", "microphone=(self", "Microphone=()", "a=(self);;b"] {
            assert!(Policy::parse(unreadable).is_err(), "{unreadable}");
        }
    }

    #[test]
    fn of_two_the_stricter_holds_and_nothing_else_is_lost() {
        assert_eq!(both("microphone=(self)", "microphone=()"), "microphone=()");
        assert_eq!(both("microphone=()", "microphone=*"), "microphone=()");
        assert_eq!(both("microphone=*", "microphone=(self)"), "microphone=(self)");
        assert_eq!(
            both("geolocation=();report-to=x, microphone=*", "camera=(self), microphone=(self)"),
            "geolocation=();report-to=x, microphone=(self), camera=(self)"
        );
        assert_eq!(
            both(
                "microphone=(self \"https://a.example\")",
                "microphone=(\"https://a.example\" \"https://b.example\")"
            ),
            "microphone=(\"https://a.example\")"
        );
    }

    #[test]
    fn the_old_header_says_the_same_in_its_own_words() {
        let old = |value| Policy::of_feature_policy(value).to_value().unwrap_or_default();
        assert_eq!(old("microphone 'none'; camera *"), "microphone=(), camera=*");
        assert_eq!(
            old("microphone 'self' https://a.example"),
            "microphone=(self \"https://a.example\")"
        );
        assert_eq!(old("microphone"), "microphone=(self)");
        assert_eq!(old(" ; ; Ö x"), "");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail_and_what_is_written_is_read_as_the_same(text in "[ -~]{0,80}") {
            if let Ok(policy) = Policy::parse(&text)
                && let Some(value) = policy.to_value()
            {
                prop_assert_eq!(Policy::parse(&value), Ok(policy));
            }
            Policy::of_feature_policy(&text);
        }
    }
}
