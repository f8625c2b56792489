//! Which forms there are, and which were used last.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::form::{Form, Place};
use super::identity::Identity;
use super::key::Key;
use crate::gateway::encoding::{Accepted, Coding};

/// How often it is written down that a form is in use.
const TOUCHED: Duration = Duration::from_secs(3600);

/// How many forms there may be; a few hundred bytes each.
const MOST: usize = 512;

/// The forms that can be sent. All forms of one asset are of the same content.
#[derive(Debug, Default)]
pub struct Index {
    entries: HashMap<(Key, Coding), Entry>,
    /// Counts uses.
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    form: Arc<Form>,
    /// The strong entity tag that the IDE gave with the content in this process's time.
    etag: Option<Arc<[u8]>>,
    used: u64,
    touched: Option<Instant>,
}

impl Index {
    /// The forms of an asset that a client takes, best first: what it likes more, then what is
    /// smaller.
    pub fn for_client(&self, key: &Key, accepted: &Accepted) -> Vec<Arc<Form>> {
        let taken = Coding::FOR_STREAMS.into_iter().filter(|coding| accepted.takes(*coding));
        let found = taken.filter_map(|coding| self.entries.get(&(*key, coding)));
        let mut forms: Vec<Arc<Form>> = found.map(|entry| Arc::clone(&entry.form)).collect();
        let rank = |form: &Arc<Form>| (u16::MAX - accepted.rank(form.coding), form.length);
        forms.sort_by_key(rank);
        forms
    }

    /// Notes a use. Whether that is to be written down, too.
    pub fn note_use(&mut self, key: &Key, coding: Coding, now: Instant) -> bool {
        self.clock += 1;
        let Some(entry) = self.entries.get_mut(&(*key, coding)) else {
            return false;
        };
        entry.used = self.clock;
        let is_due = entry.touched.is_none_or(|then| now.duration_since(then) >= TOUCHED);
        if is_due {
            entry.touched = Some(now);
        }
        is_due && entry.form.place.is_cache()
    }

    /// The strong tag that the IDE gave with the content of an asset.
    pub fn tag_of(&self, key: &Key) -> Option<Arc<[u8]>> {
        self.of_asset(key).find_map(|entry| entry.etag.clone())
    }

    /// Takes in a form of what the IDE has just sent, with its strong tag. Forms of other content
    /// go.
    pub fn replace(&mut self, key: Key, form: Arc<Form>, etag: Option<Arc<[u8]>>) {
        self.remove_others(&key, |old| old.identity == form.identity);
        self.insert(key, form, etag);
    }

    /// Drops the forms of an asset that are of other content than the IDE has; their names, where
    /// they are in files that can be removed.
    pub fn remove_outdated(&mut self, key: &Key, content: Identity) -> Vec<String> {
        self.remove_others(key, |form| form.identity == content)
    }

    fn remove_others(&mut self, key: &Key, stays: impl Fn(&Form) -> bool) -> Vec<String> {
        let mut files = Vec::new();
        self.entries.retain(|(other, coding), entry| {
            let is_kept = other != key || stays(&entry.form);
            if !is_kept && entry.form.place.is_cache() {
                files.push(key.file_name(*coding));
            }
            is_kept
        });
        files
    }

    /// Takes in a form of what the IDE sent at some time, unless there are forms of other content
    /// by now. What a container has seen the IDE send says more than what its image was made from.
    pub fn add(&mut self, key: Key, form: Arc<Form>) {
        if form.place.is_cache() {
            self.remove_others(&key, |old| !old.place.is_image() || old.identity == form.identity);
        }
        if self.of_asset(&key).all(|entry| entry.form.identity == form.identity) {
            let etag = self.tag_of(&key);
            self.insert(key, form, etag);
        }
    }

    /// A form that is smaller than this one stays.
    fn insert(&mut self, key: Key, form: Arc<Form>, etag: Option<Arc<[u8]>>) {
        self.clock += 1;
        let place = (key, form.coding);
        let old = self.entries.get(&place);
        if old.is_none_or(|old| form.length <= old.form.length) {
            let touched = old.and_then(|old| old.touched);
            self.entries.insert(place, Entry { form, etag, used: self.clock, touched });
        }
        if self.entries.len() > MOST {
            self.drop_oldest(|_| true);
        }
    }

    fn of_asset(&self, key: &Key) -> impl Iterator<Item = &Entry> {
        let places = Coding::FOR_STREAMS.map(|coding| (*key, coding));
        places.into_iter().filter_map(|place| self.entries.get(&place))
    }

    /// Drops a form, if it is still the one that is there.
    pub fn remove(&mut self, key: &Key, form: &Arc<Form>) -> bool {
        let place = (*key, form.coding);
        let is_it = self.entries.get(&place).is_some_and(|entry| Arc::ptr_eq(&entry.form, form));
        is_it && self.entries.remove(&place).is_some()
    }

    /// Drops the form whose file bears this name.
    pub fn remove_file(&mut self, name: &str) {
        self.entries.retain(|(key, coding), entry| {
            !(entry.form.place.is_cache() && key.file_name(*coding) == name)
        });
    }

    /// Drops the form in memory that was used least recently, so that its memory can be had.
    /// Whether there was one: those that somebody reads or works on stay.
    pub fn make_room(&mut self) -> bool {
        let is_idle = |entry: &Entry| {
            matches!(entry.form.place, Place::Memory(..)) && Arc::strong_count(&entry.form) == 1
        };
        self.drop_oldest(is_idle)
    }

    fn drop_oldest(&mut self, may_go: impl Fn(&Entry) -> bool) -> bool {
        let found = self.entries.iter().filter(|(_, entry)| may_go(entry));
        let oldest = found.min_by_key(|(_, entry)| entry.used).map(|(place, _)| *place);
        oldest.is_some_and(|place| self.entries.remove(&place).is_some())
    }

    /// How many forms there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
