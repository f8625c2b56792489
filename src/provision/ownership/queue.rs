//! What is still to be walked, shared by all threads.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Work for several threads. What came last is done first: a tree is walked in depth, so that few
/// directories are open at a time.
#[derive(Debug)]
pub struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: Vec<T>,
    /// Threads that may still add something.
    busy: usize,
}

impl<T> Queue<T> {
    /// For this many threads, all of which are to call [`Queue::next`] until there is nothing.
    pub fn new(threads: usize) -> Self {
        let state = State { waiting: Vec::new(), busy: threads };
        Queue { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Whether nothing waits to be done.
    pub fn is_empty(&self) -> bool {
        self.lock().waiting.is_empty()
    }

    /// Adds work. The last of it is done first.
    pub fn add(&self, more: Vec<T>) {
        let many = more.len();
        self.lock().waiting.extend(more);
        match many {
            0 => {}
            1 => self.changed.notify_one(),
            _ => self.changed.notify_all(),
        }
    }

    /// Something to do; none once nothing is left and no thread can add anything.
    pub fn next(&self) -> Option<T> {
        let mut state = self.lock();
        state.busy -= 1;
        loop {
            if let Some(next) = state.waiting.pop() {
                state.busy += 1;
                return Some(next);
            }
            if state.busy == 0 {
                self.changed.notify_all();
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// For a thread that will never come.
    pub fn leave(&self) {
        self.lock().busy -= 1;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn all_that_is_added_on_the_way_is_done_once() {
        let queue = Queue::new(4);
        queue.add(vec![12_u32]);
        let done = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(depth) = queue.next() {
                        done.fetch_add(1, Ordering::Relaxed);
                        queue.add(vec![depth.saturating_sub(1); if depth > 0 { 2 } else { 0 }]);
                    }
                });
            }
        });
        assert_eq!(done.into_inner(), (1 << 13) - 1);
    }
}
