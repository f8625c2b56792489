//! What the page of a VS Code workbench says of where its webviews come from, in which extensions
//! show what is theirs.
//!
//! A webview that comes from another origin than the page (`*.vscode-cdn.net` is VS Code's default)
//! gets no microphone, and needs third-party storage, which browsers refuse. The workbench takes
//! the address from the settings in its page (VS Code's `webviewExternalEndpoint`, in
//! `environmentService.ts` of its browser part).

use lol_html::html_content::Element;
use lol_html::{Settings, element, rewrite_str};

/// The place of the webview's page among a VS Code server's files.
const WEBVIEWS: &str = "/out/vs/workbench/contrib/webview/browser/pre";
/// What stands behind the address of those files in the page.
const FILES: &str = "/out/vs/code/browser/workbench/workbench.";
/// Where the settings are.
const SETTINGS: &str = "meta#vscode-workbench-web-configuration";
/// In the settings, beside which no other counts.
const ENDPOINT: &str = "webviewEndpoint";

/// A workbench's page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workbench {
    /// The settings as they stand in the page, encoded for an attribute.
    settings: String,
    /// Where webviews come from, as the page says it; none: it does not, and the default holds that
    /// the workbench was built with.
    pub webviews: Option<String>,
    /// The address of the server's files, as the page says it.
    files: Option<String>,
}

/// Where webviews come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Webviews {
    /// From the page's own origin.
    SameOrigin,
    /// From another one, which is named.
    Elsewhere(String),
    /// The page does not say it.
    Unsaid,
}

impl Workbench {
    /// Reads a page; none: it is no workbench's.
    pub fn read(page: &str) -> Option<Workbench> {
        let (mut settings, mut files) = (None, None);
        let find_files = |element: &Element<'_, '_>| {
            let address = element.get_attribute("href")?;
            address.find(FILES).map(|end| address.get(..end).unwrap_or_default().to_owned())
        };
        let of_parser = Settings::new()
            .append_element_content_handler(element!(SETTINGS, |element| {
                settings = element.get_attribute("data-settings");
                Ok(())
            }))
            .append_element_content_handler(element!("link[href]", |element| {
                files = find_files(element).or(files.take());
                Ok(())
            }));
        rewrite_str(page, of_parser).ok()?;
        let settings = settings?;
        let webviews = endpoint(&settings);
        Some(Workbench { settings, webviews, files })
    }

    /// Where its webviews come from. `origin` is the page's own, `scheme://host[:port]`.
    pub fn webviews(&self, origin: &str) -> Webviews {
        let Some(address) = &self.webviews else { return Webviews::Unsaid };
        match address.split_once("://") {
            None if !address.starts_with("//") => Webviews::SameOrigin,
            _ if origin_of(address).eq_ignore_ascii_case(origin) => Webviews::SameOrigin,
            _ => Webviews::Elsewhere(origin_of(address).to_owned()),
        }
    }

    /// The page with webviews from `origin`, its own; none: they are, or the page does not say where
    /// the server's files are.
    pub fn from_same_origin(&self, page: &str, origin: &str) -> Option<String> {
        if self.webviews(origin) == Webviews::SameOrigin {
            return None;
        }
        let files = self.files.as_deref()?;
        let at_root = if files.starts_with('/') { origin } else { "" };
        // Whole, since a workbench compares it with where messages come from.
        let address = format!("{at_root}{files}{WEBVIEWS}");
        let start = page.find(&self.settings)?;
        let end = start + self.settings.rfind('}')?;
        let is_first = page.get(start..end)?.trim_end().ends_with('{');
        let comma = if is_first { "" } else { "," };
        let setting = format!("{comma}&quot;{ENDPOINT}&quot;:&quot;{address}&quot;");
        // Of two members of the same name JSON.parse takes the last (ECMA-262 §25.5.1).
        Some(format!("{}{setting}{}", page.get(..end)?, page.get(end..)?))
    }
}

fn origin_of(address: &str) -> &str {
    let host = address.find("//").map_or(0, |at| at + 2);
    let path = address.get(host..).and_then(|rest| rest.find('/'));
    path.and_then(|path| address.get(..host + path)).unwrap_or(address)
}

fn endpoint(settings: &str) -> Option<String> {
    let json = settings.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&");
    let settings: serde_json::Value = serde_json::from_str(&json).ok()?;
    let own = &settings[ENDPOINT];
    let of_product = &settings["productConfiguration"]["webviewContentExternalBaseUrlTemplate"];
    let text =
        |value: &serde_json::Value| value.as_str().filter(|it| !it.is_empty()).map(str::to_owned);
    text(own).or(text(of_product))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://hub.example.com";

    fn page(settings: &str, files: &str) -> String {
        let settings = settings.replace('"', "&quot;");
        format!(
            "<!doctype html><html><head>\
             <meta id=\"vscode-workbench-web-configuration\" data-settings=\"{settings}\">\
             <link rel=\"icon\" href=\"/x.ico\">\
             <link rel=\"stylesheet\" href=\"{files}/out/vs/code/browser/workbench/workbench.css\">\
             </head><body></body></html>"
        )
    }

    fn webviews(settings: &str) -> Webviews {
        Workbench::read(&page(settings, "/s")).unwrap().webviews(ORIGIN)
    }

    #[test]
    fn where_webviews_come_from_is_read_as_the_workbench_reads_it() {
        let elsewhere = |origin: &str| Webviews::Elsewhere(origin.to_owned());
        for (settings, expected) in [
            (r#"{"webviewEndpoint":"/s/out/pre"}"#, Webviews::SameOrigin),
            (r#"{"webviewEndpoint":"./s/out/pre"}"#, Webviews::SameOrigin),
            (r#"{"webviewEndpoint":"https://Hub.example.com/s"}"#, Webviews::SameOrigin),
            (
                r#"{"webviewEndpoint":"https://hub.example.com:8443/s"}"#,
                elsewhere("https://hub.example.com:8443"),
            ),
            (r#"{"webviewEndpoint":"//cdn.example/s"}"#, elsewhere("//cdn.example")),
            (
                r#"{"productConfiguration":{"webviewContentExternalBaseUrlTemplate":"https://{{uuid}}.vscode-cdn.net/{{commit}}/"}}"#,
                elsewhere("https://{{uuid}}.vscode-cdn.net"),
            ),
            (
                r#"{"webviewEndpoint":"/s","productConfiguration":{"webviewContentExternalBaseUrlTemplate":"https://x.example"}}"#,
                Webviews::SameOrigin,
            ),
            (r#"{"remoteAuthority":"x"}"#, Webviews::Unsaid),
            ("{", Webviews::Unsaid),
        ] {
            assert_eq!(webviews(settings), expected, "{settings}");
        }
        assert_eq!(Workbench::read("<html><head></head></html>"), None);
    }

    #[test]
    fn a_page_is_turned_to_its_own_origin_by_one_member_and_nothing_else_changes() {
        let turned = |settings: &str, files: &str| {
            let page = page(settings, files);
            Workbench::read(&page).unwrap().from_same_origin(&page, ORIGIN)
        };
        for (settings, files, expected) in [
            (r#"{"a":{"b":"}"}}"#, "/u/s", "https://hub.example.com/u/s"),
            (r#"{"webviewEndpoint":"https://x.example/y"}"#, "/u/s", "https://hub.example.com/u/s"),
            ("{ }", "/s", "https://hub.example.com/s"),
            (r#"{"a":1}"#, "https://hub.example.com/s", "https://hub.example.com/s"),
        ] {
            let turned = turned(settings, files).unwrap();
            let endpoint = format!("{expected}{WEBVIEWS}");
            let member = format!("&quot;webviewEndpoint&quot;:&quot;{endpoint}&quot;");
            let without = turned.replacen(&format!(",{member}"), "", 1).replacen(&member, "", 1);
            assert_eq!(without, page(settings, files));
            let read = Workbench::read(&turned).unwrap();
            assert_eq!(
                (read.webviews.as_deref(), read.webviews(ORIGIN)),
                (Some(&*endpoint), Webviews::SameOrigin)
            );
        }
        assert_eq!(turned(r#"{"webviewEndpoint":"/s"}"#, "/s"), None);
        let nowhere = "<meta id=\"vscode-workbench-web-configuration\" data-settings=\"{}\">";
        assert_eq!(Workbench::read(nowhere).unwrap().from_same_origin(nowhere, ORIGIN), None);
    }
}
