//! The parser of pages, asked for places.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, Mutex};

use lol_html::errors::RewritingError;
use lol_html::html_content::{TextChunk, TextType};
use lol_html::send::{Element, ElementContentHandlers, HtmlRewriter, Settings};
use lol_html::{AsciiCompatibleEncoding, HandlerResult, MemorySettings, OutputSink, Selector};

use super::page::{Attribute, Page, StartTag};
use super::{LONGEST_TOKEN, lock};

/// What the parser may use for the token that it is at, and for the elements that are open.
const MEMORY: usize = 4 * LONGEST_TOKEN;

const HTML: &str = "http://www.w3.org/1999/xhtml";

/// The elements whose text is read.
const TEXTS: &str = "style, noscript, \
    script[type=\"importmap\" i], script[type=\"speculationrules\" i]";

static SELECTORS: LazyLock<Option<(Selector, Selector)>> =
    LazyLock::new(|| "*".parse().ok().zip(TEXTS.parse().ok()));

/// Tells a page of its tags and texts.
pub struct Parser(Box<HtmlRewriter<'static, Counter>>);

/// A tag is its own end, and the parser takes what follows for its content.
#[derive(Debug, thiserror::Error)]
#[error("the parser has to begin again behind this tag")]
pub struct Restart;

impl Parser {
    /// A parser whose first byte stands at `began`.
    pub fn new(is_xml: bool, page: &Arc<Mutex<Page>>, began: usize) -> Option<Parser> {
        let (any, texts) = SELECTORS.as_ref()?;
        let (tag_page, text_page) = (Arc::clone(page), Arc::clone(page));
        let on_tag = move |element: &mut Element<'_, '_>| {
            see_tag(&mut lock(&tag_page), element, began, is_xml)?;
            note_foreign(&tag_page, element)
        };
        let on_text = move |text: &mut TextChunk<'_>| {
            see_text(&mut lock(&text_page), text, began);
            Ok(())
        };
        // One byte is one character, whatever the bytes mean: all that is looked for is ASCII.
        let encoding = AsciiCompatibleEncoding::new(encoding_rs::WINDOWS_1252)?;
        let memory = MemorySettings::new().with_max_allowed_memory_usage(MEMORY);
        let settings = Settings::new_send()
            .with_encoding(encoding)
            .with_strict(false)
            .with_memory_settings(memory)
            .append_element_content_handler((
                Cow::Borrowed(any),
                ElementContentHandlers::default().element(on_tag),
            ))
            .append_element_content_handler((
                Cow::Borrowed(texts),
                ElementContentHandlers::default().text(on_text),
            ));
        let counter = Counter(Arc::clone(page));
        Some(Parser(Box::new(HtmlRewriter::new(settings, counter))))
    }

    /// Reads a piece. After an error it must not be used again.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), RewritingError> {
        self.0.write(bytes)
    }

    /// The page is over.
    pub fn end(self) -> Result<(), RewritingError> {
        self.0.end()
    }
}

/// Counts what the parser would send: that is how far it is.
struct Counter(Arc<Mutex<Page>>);

impl OutputSink for Counter {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        lock(&self.0).parsed += chunk.len();
    }
}

fn see_tag(
    page: &mut Page,
    element: &Element<'_, '_>,
    began: usize,
    is_xml: bool,
) -> Result<(), Restart> {
    let range = element.source_location().bytes();
    let range = began + range.start..began + range.end;
    let attributes: Vec<Attribute> = element
        .attributes()
        .iter()
        .filter_map(|attribute| {
            let name = attribute.name_source_location()?.bytes();
            let value = attribute.value_source_location()?.bytes();
            Some((began + name.start..began + name.end, began + value.start..began + value.end))
        })
        .collect();
    let is_html = element.namespace_uri() == HTML;
    page.start_tag(&StartTag { range: range.clone(), attributes: &attributes, is_html });
    let is_own_end =
        element.is_self_closing() && (is_xml && page.in_text || enters_foreign(page, element));
    // HTML closes nothing that way, and SVG all; lol_html sees the slash where SVG goes on, but not
    // where it begins.
    if is_own_end {
        page.restart = Some(range.end);
        return Err(Restart);
    }
    Ok(())
}

/// Whether a tag leads from HTML to SVG or MathML.
fn enters_foreign(page: &Page, element: &Element<'_, '_>) -> bool {
    page.foreign == 0 && is_foreign_root(element)
}

fn is_foreign_root(element: &Element<'_, '_>) -> bool {
    element.namespace_uri() != HTML && matches!(element.tag_name().as_str(), "svg" | "math")
}

/// Counts the elements of SVG and MathML that are open.
fn note_foreign(page: &Arc<Mutex<Page>>, element: &mut Element<'_, '_>) -> HandlerResult {
    if !is_foreign_root(element) || !element.can_have_content() {
        return Ok(());
    }
    lock(page).foreign += 1;
    let page = Arc::clone(page);
    element.on_end_tag(Box::new(move |_| {
        let mut page = lock(&page);
        page.foreign = page.foreign.saturating_sub(1);
        Ok(())
    }))
}

fn see_text(page: &mut Page, text: &TextChunk<'_>, began: usize) {
    let range = text.source_location().bytes();
    let range = began + range.start..began + range.end;
    page.text(range, text.text_type() == TextType::Data, text.last_in_text_node());
}
