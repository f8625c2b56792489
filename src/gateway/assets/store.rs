//! The forms that can be sent, as the event loop sees them.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::form::{Content, Form};
use super::identity::Identity;
use super::index::Index;
use super::key::Key;
use super::pool::{Full, Pool, Scratch};
use super::smaller;
use super::work::{Desk, Done, Job};
use crate::gateway::encoding::{Accepted, Coding};

/// How much the files may take together. Bytes.
pub const DISK: u64 = 64 << 20;
/// How much what is in no file, or not yet, may take together. Bytes.
pub const MEMORY: u64 = 16 << 20;
/// How many smaller forms are remembered to have been asked for.
const MOST_ASKED: usize = 1024;

/// A form, open to be read.
#[derive(Debug)]
pub struct Found {
    /// What it is.
    pub form: Arc<Form>,
    /// Its bytes.
    pub content: Content,
    /// The strong tag that the IDE gave with what it was made from.
    pub etag: Option<Arc<[u8]>>,
}

/// Where forms are.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Where they are kept; none: nothing is written.
    pub cache: Option<PathBuf>,
    /// Where the image brings some along.
    pub image: Option<PathBuf>,
}

/// All that is kept.
#[derive(Debug)]
pub struct Store {
    /// The event loop alone locks it, and never for long.
    state: Mutex<State>,
    desk: Desk,
    pool: Pool,
}

#[derive(Debug, Default)]
struct State {
    index: Index,
    /// What is being drafted: one at a time of a kind.
    drafts: HashSet<(Key, Coding)>,
    /// The smaller forms that were asked for: made, or not worth it.
    asked: HashSet<(Key, Coding)>,
    jobs: Vec<Job>,
}

impl Store {
    /// What the image brings along comes first.
    pub fn new(places: Places, disk: u64, memory: u64) -> Store {
        let pool = Pool::new(memory);
        let image = places.image.map(Job::OpenImage);
        let jobs = image.into_iter().chain(places.cache.map(Job::Open)).collect();
        let state = State { jobs, ..State::default() };
        let store = Store { state: Mutex::new(state), desk: Desk::new(pool.clone(), disk), pool };
        drop(store.state());
        store
    }

    /// The best form for a client, open to be read, with the IDE's tag. What is in a file that is
    /// gone, or is another one now, is looked at anew before it is used again.
    pub fn find(&self, key: &Key, accepted: &Accepted) -> Option<Found> {
        let mut state = self.state();
        for form in state.index.for_client(key, accepted) {
            match form.open(key) {
                Ok(content) => {
                    if state.index.note_use(key, form.coding, Instant::now()) {
                        state.jobs.push(Job::Touch(key.file_name(form.coding)));
                    }
                    state.ask_for_smaller(*key, &form, accepted);
                    self.pass_by(&mut state);
                    let etag = state.index.tag_of(key);
                    return Some(Found { form, content, etag });
                }
                Err(_) => {
                    state.index.remove(key, &form);
                    if form.place.is_cache() {
                        state.jobs.push(Job::Load(key.file_name(form.coding)));
                    }
                }
            }
        }
        None
    }

    /// Begins a form. None where one of this kind is being made, or there is no memory.
    pub fn begin(&self, key: Key, coding: Coding) -> Option<Scratch> {
        let mut state = self.state();
        let scratch = Scratch::new(&self.pool).ok()?;
        state.drafts.insert((key, coding)).then_some(scratch)
    }

    /// Adds to a form that is being made; others make room for it.
    ///
    /// # Errors
    /// There is none.
    pub fn add(&self, scratch: &mut Scratch, bytes: &[u8]) -> Result<(), Full> {
        while scratch.reserve(bytes.len() as u64).is_err() {
            if !self.state().index.make_room() {
                return Err(Full);
            }
        }
        scratch.add(bytes)
    }

    /// Notes that a form is no longer being made.
    pub fn end(&self, key: Key, coding: Coding) {
        self.state().drafts.remove(&(key, coding));
    }

    /// Takes in a form that is complete.
    pub fn keep(&self, key: Key, form: Form, etag: Option<Arc<[u8]>>, accepted: &Accepted) {
        let mut state = self.state();
        let form = Arc::new(form);
        state.index.replace(key, Arc::clone(&form), etag);
        let coding = smaller::coding_for(accepted);
        state.note_asked(key, coding);
        state.jobs.push(Job::Keep(key, form, coding));
        self.pass_by(&mut state);
    }

    /// Drops the forms that are of other content than the IDE has now.
    pub fn forget_others(&self, key: &Key, content: Identity) {
        let mut state = self.state();
        let outdated = state.index.remove_outdated(key, content);
        state.jobs.extend(outdated.into_iter().map(Job::Remove));
        state.asked.retain(|(other, _)| other != key);
        self.pass_by(&mut state);
    }

    /// Drops a form that turned out to be damaged.
    pub fn forget(&self, key: &Key, form: &Arc<Form>) {
        let mut state = self.state();
        if state.index.remove(key, form) && form.place.is_cache() {
            state.jobs.push(Job::Remove(key.file_name(form.coding)));
        }
        state.asked.retain(|(other, _)| other != key);
        self.pass_by(&mut state);
    }

    /// Whether all work is done, for tests.
    #[cfg(test)]
    pub fn is_at_rest(&self) -> bool {
        let state = self.state();
        state.jobs.is_empty() && self.desk.is_clear()
    }

    /// How many forms there are.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.state().index.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.pass_by(&mut state);
        state
    }

    fn pass_by(&self, state: &mut State) {
        for done in self.desk.pass_by(&mut state.jobs) {
            match done {
                Done::Made(key, form) => state.index.add(key, form),
                Done::Gone(name) => state.index.remove_file(&name),
            }
        }
    }
}

impl State {
    /// A client that takes more than the one before it may get a smaller form from the next time
    /// on. What the image has in brotli is as small as it gets.
    fn ask_for_smaller(&mut self, key: Key, form: &Arc<Form>, accepted: &Accepted) {
        let coding = smaller::coding_for(accepted);
        let is_images_best = form.place.is_image() && form.coding == Coding::Brotli;
        if !is_images_best
            && smaller::is_worth_it(form, coding)
            && form.coding != coding
            && self.note_asked(key, coding)
        {
            self.jobs.push(Job::Shrink(key, Arc::clone(form), coding));
        }
    }

    /// Whether this smaller form was not asked for yet.
    fn note_asked(&mut self, key: Key, coding: Coding) -> bool {
        if self.asked.len() >= MOST_ASKED {
            self.asked.clear();
        }
        self.asked.insert((key, coding))
    }
}
