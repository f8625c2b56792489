//! Tables of cases that are tried one after the other: each has a name, and one that fails does
//! not keep the others from being tried.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Tries every case, and fails with the names of those that failed.
#[track_caller]
pub fn each<Case>(cases: &[Case], name: impl Fn(&Case) -> String, attempt: impl Fn(&Case)) {
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let failure = catch_unwind(AssertUnwindSafe(|| attempt(case))).err()?;
            Some(format!("  {}: {}", name(case), words(failure.as_ref())))
        })
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {} failed:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default()
}
