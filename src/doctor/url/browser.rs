//! Requests as a browser makes them: with cookies, with what it says of itself, one redirect at a
//! time. Effects only; nothing is judged here.

use std::collections::BTreeMap;
use std::io::Read;

use cookie_store::{CookieStore, RawCookie};
use http::HeaderMap;
use http::header::{ACCEPT, AUTHORIZATION, COOKIE, SET_COOKIE};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use url::{Origin, Url};

use super::connection::{self, PATIENCE, Trouble, Trust};
use super::target;
use crate::secret::Secret;

/// More than a page of an IDE has.
const LONGEST_BODY: u64 = 2 * 1024 * 1024;
const MOST_REDIRECTS: usize = 15;
/// Some sites turn away whoever does not call itself this.
pub const NAME: &str =
    concat!("Mozilla/5.0 (compatible; waiide-init/", env!("CARGO_PKG_VERSION"), ")");

/// What a browser asks for.
#[derive(Debug, Clone, Copy)]
pub enum Asks<'a> {
    /// A page, by its address bar.
    Page,
    /// A page in a frame of the page at this address.
    Frame(&'a Url),
    /// What a script of the page at this address reads.
    Script(&'a Url),
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Of which address.
    pub url: Url,
    /// Its status.
    pub status: u16,
    /// Its header lines.
    pub headers: HeaderMap,
    /// Its beginning, as text.
    pub body: String,
}

/// Where redirects lead to.
#[derive(Debug, Clone)]
pub enum End {
    /// To an answer, the last of the steps.
    Answer,
    /// To an address that was asked before.
    Circle,
    /// Nowhere, within [`MOST_REDIRECTS`].
    Endless,
    /// To an address that does not answer.
    Silence(Url, Trouble),
}

/// The way from an address to where a browser ends up.
#[derive(Debug, Clone)]
pub struct Way {
    /// The answers, in their order.
    pub steps: Vec<Answer>,
    /// How it ends.
    pub end: End,
}

/// A browser that knows one token.
pub struct Browser {
    agents: [Agent; 2],
    cookies: CookieStore,
    token: Option<Secret>,
    home: Url,
    /// What is wrong with the certificates of those that were met.
    pub flaws: BTreeMap<String, Trouble>,
    met: Vec<Origin>,
}

impl Browser {
    /// `token` is for `home`'s origin alone.
    pub fn new(home: Url, token: Option<Secret>) -> Browser {
        Browser {
            agents: [agent(Trust::Checked), agent(Trust::Blind)],
            cookies: CookieStore::default(),
            token,
            home,
            flaws: BTreeMap::new(),
            met: Vec::new(),
        }
    }

    /// From now on the token is shown as well.
    pub fn show(&mut self, token: Option<Secret>) {
        self.token = token;
    }

    /// Follows redirects to their end.
    pub fn follow(&mut self, from: &Url) -> Way {
        let (mut url, mut steps, mut seen) = (from.clone(), Vec::<Answer>::new(), Vec::new());
        while steps.len() < MOST_REDIRECTS {
            // With other cookies the same address may lead elsewhere.
            let moment = (url.clone(), self.cookies_for(&url));
            if seen.contains(&moment) {
                return Way { steps, end: End::Circle };
            }
            seen.push(moment);
            let answer = match self.get(&url, Asks::Page) {
                Ok(answer) => answer,
                Err(trouble) => return Way { steps, end: End::Silence(url, trouble) },
            };
            let next = location(&answer);
            steps.push(answer);
            match next {
                Some(next) => url = next,
                None => return Way { steps, end: End::Answer },
            }
        }
        Way { steps, end: End::Endless }
    }

    /// Asks once, and follows nothing.
    ///
    /// # Errors
    /// There is no answer.
    pub fn get(&mut self, url: &Url, asks: Asks<'_>) -> Result<Answer, Trouble> {
        let trust = self.meet(url)?;
        let mut request = self.agent(trust).get(url.as_str());
        for (name, value) in said(url, asks).into_iter().chain(self.known_to(url, trust)) {
            request = request.header(name, value);
        }
        let mut answer = request.call().map_err(|error| silence(&error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut body = Vec::new();
        // Of what is too long or breaks off, the beginning is worth something.
        let _ = answer.body_mut().as_reader().take(LONGEST_BODY).read_to_end(&mut body);
        let body = String::from_utf8_lossy(&body).into_owned();
        self.keep_cookies(url, &headers);
        Ok(Answer { url: url.clone(), status, headers, body })
    }

    /// The header lines that tell `url` who asks; none of them over a connection that anybody may
    /// have got into.
    pub fn known_to(&self, url: &Url, trust: Trust) -> Vec<(&'static str, String)> {
        if trust == Trust::Blind {
            return Vec::new();
        }
        let token = self.token.as_ref().filter(|_| self.is_home(url));
        let token = token.map(|it| (AUTHORIZATION.as_str(), format!("Bearer {}", it.reveal())));
        let cookies = Some(self.cookies_for(url)).filter(|cookies| !cookies.is_empty());
        let cookies = cookies.map(|cookies| (COOKIE.as_str(), cookies));
        token.into_iter().chain(cookies).collect()
    }

    /// How far the certificate at `url` is to be trusted: each is looked at once.
    ///
    /// # Errors
    /// There is no connection.
    pub fn meet(&mut self, url: &Url) -> Result<Trust, Trouble> {
        let origin = url.origin();
        if !self.met.contains(&origin) {
            match connection::open(url, Trust::Checked) {
                Ok(_) => {}
                Err(flaw @ Trouble::Certificate(_)) => {
                    self.flaws.insert(origin.ascii_serialization(), flaw);
                }
                Err(other) => return Err(other),
            }
            self.met.push(origin.clone());
        }
        match self.flaws.contains_key(&origin.ascii_serialization()) {
            true => Ok(Trust::Blind),
            false => Ok(Trust::Checked),
        }
    }

    fn agent(&self, trust: Trust) -> &Agent {
        let [checked, blind] = &self.agents;
        match trust {
            Trust::Checked => checked,
            Trust::Blind => blind,
        }
    }

    /// Whether the token is for this address: its origin's, or the same name's on the usual ports
    /// once https takes the place of http.
    fn is_home(&self, url: &Url) -> bool {
        let (home, plain) = (&self.home, (self.home.scheme(), self.home.port()));
        let is_upgrade = plain == ("http", None)
            && (url.scheme(), url.port()) == ("https", None)
            && url.host() == home.host();
        url.origin() == home.origin() || is_upgrade
    }

    fn cookies_for(&self, url: &Url) -> String {
        let pairs = self.cookies.get_request_values(url);
        pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&mut self, url: &Url, headers: &HeaderMap) {
        let lines = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let cookies = lines.filter_map(|line| RawCookie::parse(line.to_owned()).ok());
        self.cookies.store_response_cookies(cookies, url);
    }
}

/// Where an answer leads on to.
fn location(answer: &Answer) -> Option<Url> {
    let leads = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
    let target = answer.headers.get(http::header::LOCATION).filter(|_| leads)?;
    let next = answer.url.join(target.to_str().ok()?).ok()?;
    matches!(next.scheme(), "http" | "https").then_some(next)
}

/// What a browser says of a request. Where it comes from and what for (Fetch Metadata), it says to
/// secure contexts alone.
fn said(url: &Url, asks: Asks<'_>) -> Vec<(&'static str, String)> {
    let html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let (accept, metadata, referer) = match asks {
        Asks::Page => (html, ["none", "navigate", "document"], None),
        Asks::Frame(page) => (html, ["same-origin", "navigate", "iframe"], Some(page)),
        Asks::Script(page) => ("application/json", ["same-origin", "cors", "empty"], Some(page)),
    };
    let names = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
    let metadata = names.into_iter().zip(metadata.map(str::to_owned));
    let metadata = metadata.filter(|_| target::is_secure(url));
    let referer = referer.map(|page| ("referer", target::without_query(page).to_string()));
    let accept = (ACCEPT.as_str(), accept.to_owned());
    [accept].into_iter().chain(metadata).chain(referer).collect()
}

/// Errors of ureq's may hold the address; these words do not.
fn silence(error: &ureq::Error) -> Trouble {
    Trouble::Connect(match error {
        ureq::Error::Timeout(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        ureq::Error::Io(error) => format!("no answer: {error}"),
        ureq::Error::Protocol(error) => format!("no proper HTTP: {error}"),
        _ => "no answer".to_owned(),
    })
}

/// Without a proxy for the rest of the world, and without compression, which nothing here is about.
fn agent(trust: Trust) -> Agent {
    let known = rustls_native_certs::load_native_certs().certs;
    let known = known.iter().map(|der| Certificate::from_der(der).to_owned());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::from(known))
        .disable_verification(trust == Trust::Blind);
    Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .tls_config(tls.build())
        .proxy(None)
        .user_agent(NAME)
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .new_agent()
}
