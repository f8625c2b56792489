//! Giving the home's files to the user: right, safe, and without holding anybody up.

mod background;
mod earlier_owner;
mod hard_links;
mod hostile_names;
mod planted;
mod restricted_root;
mod swaps;
mod untouched;
