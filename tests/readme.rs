//! The README says what the program does.

use waiide_init::settings::table::{DefaultValue, SETTINGS, Setting};

const README: &str = include_str!("../README.md");

fn row(setting: &Setting) -> String {
    let flag = if setting.has_flag { format!("`--{}`", setting.name) } else { String::new() };
    let variables: Vec<_> = setting.variables.iter().map(|name| format!("`{name}`")).collect();
    let default = match setting.default {
        DefaultValue::Value(text) => format!("`{text}`"),
        DefaultValue::Derived(text) => text.to_owned(),
    };
    format!("| {flag} | {} | {default} |", variables.join(", "))
}

#[test]
fn every_setting_stands_in_the_table() {
    let rows: Vec<_> = SETTINGS.iter().map(row).collect();
    assert!(
        README.contains(&rows.join("\n")),
        "the README's table of settings is to be:\n{}",
        rows.join("\n")
    );
}

#[test]
fn every_file_and_heading_that_it_links_to_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let links = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local: Vec<_> = links.filter(|link| !link.starts_with("http")).collect();
    assert!(local.len() >= 4, "{local:?}");
    let headings: Vec<_> =
        README.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
    for link in local {
        match link.strip_prefix('#') {
            Some(heading) => assert!(headings.iter().any(|it| it == heading), "{link}"),
            None => assert!(root.join(link).exists(), "{link}"),
        }
    }
}

/// By what a heading is linked to.
fn anchor(heading: &str) -> String {
    heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-")
}
