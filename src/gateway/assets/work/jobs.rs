//! What the thread does for each job.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Done, Job};
use crate::gateway::assets::form::{Content, Form, Place};
use crate::gateway::assets::image::Image;
use crate::gateway::assets::key::Key;
use crate::gateway::assets::pool::Pool;
use crate::gateway::assets::shelf::Shelf;
use crate::gateway::assets::smaller;
use crate::gateway::encoding::Coding;
use crate::sys::limits;

/// The thread, while it works.
pub struct Worker<'a> {
    pool: &'a Pool,
    limit: u64,
    waits_for_others: bool,
}

impl Worker<'_> {
    /// One for this thread.
    pub fn new(pool: &Pool, limit: u64) -> Worker<'_> {
        // An optimisation: where it is refused, nothing is lost.
        let _ = limits::let_others_go_first();
        Worker { pool, limit, waits_for_others: false }
    }

    /// Whether it took megabytes of memory at some time.
    pub fn has_used_much(&self) -> bool {
        self.waits_for_others
    }

    /// Does a job, and tells what came of it. What is to be done after it is the result: the same
    /// once more, if it takes long and `is_quiet` said no meanwhile.
    pub fn run(
        &mut self,
        job: Job,
        shelf: Option<&Shelf>,
        tell: impl Fn(Done),
        is_quiet: impl Fn() -> bool,
    ) -> Vec<Job> {
        match (job, shelf) {
            (Job::OpenImage(path), _) => open_image(&path, tell),
            (Job::Open(path), _) => return self.open(&path, tell),
            (Job::Keep(key, form, coding), _) => {
                return self.keep(key, form, coding, shelf, &tell).into_iter().collect();
            }
            (Job::Shrink(key, form, coding), _) => {
                let is_done = self.shrink(key, &form, coding, shelf, &tell, is_quiet);
                return (!is_done).then_some(Job::Shrink(key, form, coding)).into_iter().collect();
            }
            (Job::Load(name), Some(shelf)) => tell(match shelf.load(&name) {
                Ok((key, form)) => Done::Made(key, Arc::new(form)),
                Err(_) => Done::Gone(name),
            }),
            (Job::Remove(name), Some(shelf)) => shelf.remove(&name),
            (Job::Touch(name), Some(shelf)) => shelf.touch(&name),
            (Job::Load(_) | Job::Remove(_) | Job::Touch(_), None) => {}
        }
        Vec::new()
    }

    fn open(&self, path: &Path, tell: impl Fn(Done)) -> Vec<Job> {
        let mut unfinished = Vec::new();
        let shelf = match Shelf::open(path) {
            Ok(shelf) => Arc::new(shelf),
            Err(error) => {
                say_there_is_no_disk(path, &error);
                return unfinished;
            }
        };
        tell(Done::Opened(Arc::clone(&shelf)));
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
            tell(Done::Made(key, form));
        }
        unfinished
    }

    fn keep(
        &self,
        key: Key,
        form: Arc<Form>,
        coding: Coding,
        shelf: Option<&Shelf>,
        tell: &impl Fn(Done),
    ) -> Option<Job> {
        let content = open(&key, &form, shelf)?;
        let form = match self.save(shelf, &key, &form, &content, tell).map(Arc::new) {
            Some(saved) => {
                tell(Done::Made(key, Arc::clone(&saved)));
                saved
            }
            None => form,
        };
        smaller::is_worth_it(&form, coding).then_some(Job::Shrink(key, form, coding))
    }

    /// Whether that is done.
    fn shrink(
        &mut self,
        key: Key,
        form: &Form,
        coding: Coding,
        shelf: Option<&Shelf>,
        tell: &impl Fn(Done),
        is_quiet: impl Fn() -> bool,
    ) -> bool {
        self.wait_for_others();
        let is_interrupted = Cell::new(false);
        let goes_on = || {
            is_interrupted.set(!is_quiet());
            !is_interrupted.get()
        };
        let content = open(&key, form, shelf);
        let made =
            content.and_then(|content| smaller::make(form, &content, coding, self.pool, goes_on));
        if let Some(made) = made {
            let content = open(&key, &made, shelf);
            let saved = content.and_then(|content| self.save(shelf, &key, &made, &content, tell));
            tell(Done::Made(key, Arc::new(saved.unwrap_or(made))));
        }
        !is_interrupted.get()
    }

    /// Writes a form and bounds the directory. None where it is in no file now.
    fn save(
        &self,
        shelf: Option<&Shelf>,
        key: &Key,
        form: &Form,
        content: &Content,
        tell: &impl Fn(Done),
    ) -> Option<Form> {
        let shelf = shelf?;
        let saved = match shelf.save(key, form, content) {
            // Somebody cleared their cache, directory and all.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                shelf.again().and_then(|new| {
                    let saved = new.save(key, form, content);
                    tell(Done::Opened(Arc::new(new)));
                    saved
                })
            }
            saved => saved,
        };
        for name in shelf.bound(self.limit).unwrap_or_default() {
            tell(Done::Gone(name));
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

/// None where its file is another one by now, or gone.
fn open(key: &Key, form: &Form, shelf: Option<&Shelf>) -> Option<Content> {
    match &form.place {
        Place::Memory(file, _) => Some(Content { file: Arc::clone(file), start: 0 }),
        Place::Disk(id, start) => shelf?.content(&key.file_name(form.coding), *id, *start).ok(),
        Place::Image(image, id, start) => {
            image.content(&key.file_name(form.coding), *id, *start).ok()
        }
    }
}

fn open_image(path: &Path, tell: impl Fn(Done)) {
    match Image::open(path) {
        Ok(image) => {
            for (key, form) in Image::forms(&Arc::new(image)) {
                tell(Done::Made(key, Arc::new(form)));
            }
        }
        // Not every image has some.
        Err(error) => tracing::debug!(%error, "no compressed assets in {}", path.display()),
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
