//! What the thread does for each job.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Done, Job, Room};
use crate::gateway::assets::form::{Content, Form};
use crate::gateway::assets::image;
use crate::gateway::assets::key::Key;
use crate::gateway::assets::pool::Pool;
use crate::gateway::assets::shelf::Shelf;
use crate::gateway::assets::smaller;
use crate::gateway::encoding::Coding;
use crate::sys::limits;

/// The thread, while it works.
pub struct Worker<'a> {
    room: &'a Room,
    pool: &'a Pool,
    limit: u64,
    waits_for_others: bool,
}

impl Worker<'_> {
    /// One for this thread.
    pub fn new<'a>(room: &'a Room, pool: &'a Pool, limit: u64) -> Worker<'a> {
        // An optimisation: where it is refused, nothing is lost.
        let _ = limits::let_others_go_first();
        Worker { room, pool, limit, waits_for_others: false }
    }

    /// Whether it took megabytes of memory at some time.
    pub fn has_used_much(&self) -> bool {
        self.waits_for_others
    }

    /// Does a job, and tells what came of it. What is to be done after it is the result: the same
    /// once more, if it takes long and somebody passed by meanwhile.
    pub fn run(&mut self, job: Job) -> Vec<Job> {
        match job {
            Job::OpenImage(path) => self.open_image(&path),
            Job::Open(path) => return self.open(&path),
            Job::Keep(key, form, coding) => {
                return self.keep(key, form, coding).into_iter().collect();
            }
            Job::Shrink(key, form, coding) => {
                let is_done = self.shrink(key, &form, coding);
                return (!is_done).then_some(Job::Shrink(key, form, coding)).into_iter().collect();
            }
            Job::Load(name) => self.with_shelf(|shelf| self.load(shelf, name)),
            Job::Remove(name) => self.with_shelf(|shelf| shelf.remove(&name)),
            Job::Touch(name) => self.with_shelf(|shelf| shelf.touch(&name)),
        }
        Vec::new()
    }

    fn with_shelf(&self, act: impl FnOnce(&Shelf)) {
        if let Some(shelf) = self.room.shelf() {
            act(&shelf);
        }
    }

    fn open_image(&self, path: &Path) {
        let made = |key, form| self.room.tell(Done::Made(key, Arc::new(form)));
        if let Err(error) = image::each_form(path, made) {
            // Not every image has some.
            tracing::debug!(%error, "no compressed assets in {}", path.display());
        }
    }

    fn load(&self, shelf: &Shelf, name: String) {
        self.room.tell(match shelf.load(&name) {
            Ok((key, form)) => Done::Made(key, Arc::new(form)),
            Err(_) => Done::Gone(name),
        });
    }

    fn open(&self, path: &Path) -> Vec<Job> {
        let mut unfinished = Vec::new();
        let shelf = match Shelf::open(path) {
            Ok(shelf) => self.room.set_shelf(shelf),
            Err(error) => {
                say_there_is_no_disk(path, &error);
                return unfinished;
            }
        };
        let _ = shelf.bound(self.limit);
        for name in shelf.names().unwrap_or_default() {
            let Ok((key, form)) = shelf.load(&name) else {
                continue;
            };
            let form = Arc::new(form);
            if smaller::is_worth_it(&form, form.coding) {
                // The container ended before that was done.
                unfinished.push(Job::Shrink(key, Arc::clone(&form), form.coding));
            }
            self.room.tell(Done::Made(key, form));
        }
        unfinished
    }

    fn keep(&self, key: Key, form: Arc<Form>, coding: Coding) -> Option<Job> {
        let content = form.open(&key).ok()?;
        let form = match self.save(&key, &form, &content).map(Arc::new) {
            Some(saved) => {
                self.room.tell(Done::Made(key, Arc::clone(&saved)));
                saved
            }
            None => form,
        };
        smaller::is_worth_it(&form, coding).then_some(Job::Shrink(key, form, coding))
    }

    /// Whether that is done.
    fn shrink(&mut self, key: Key, form: &Form, coding: Coding) -> bool {
        self.wait_for_others();
        let is_interrupted = Cell::new(false);
        let goes_on = || {
            is_interrupted.set(self.room.rest_left().is_some());
            !is_interrupted.get()
        };
        let content = form.open(&key).ok();
        let made =
            content.and_then(|content| smaller::make(form, &content, coding, self.pool, goes_on));
        if let Some(made) = made {
            let content = made.open(&key).ok();
            let saved = content.and_then(|content| self.save(&key, &made, &content));
            self.room.tell(Done::Made(key, Arc::new(saved.unwrap_or(made))));
        }
        !is_interrupted.get()
    }

    /// Writes a form and bounds the directory. None where it is in no file now.
    fn save(&self, key: &Key, form: &Form, content: &Content) -> Option<Form> {
        let shelf = self.room.shelf()?;
        let saved = match shelf.save(key, form, content) {
            // Somebody cleared their cache, directory and all.
            Err(error) if error.kind() == io::ErrorKind::NotFound => shelf
                .again()
                .map(|again| self.room.set_shelf(again))
                .and_then(|again| again.save(key, form, content)),
            saved => saved,
        };
        for name in shelf.bound(self.limit).unwrap_or_default() {
            self.room.tell(Done::Gone(name));
        }
        saved.inspect_err(say_it_once).ok()
    }

    fn wait_for_others(&mut self) {
        // Tests share the machine with each other, and have to end.
        if !std::mem::replace(&mut self.waits_for_others, true) && !cfg!(test) {
            let _ = limits::run_when_idle();
        }
    }
}

fn say_there_is_no_disk(path: &Path, error: &io::Error) {
    let path = path.display();
    tracing::warn!("compressed assets are kept in memory only: {path}: {error}");
}

fn say_it_once(error: &io::Error) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        tracing::warn!("a compressed asset could not be written to the cache: {error}");
    }
}
