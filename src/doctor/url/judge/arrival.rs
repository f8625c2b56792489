//! Whether a browser gets to the IDE.

use crate::doctor::finding::{Finding, Side};
use crate::doctor::url::browser::End;
use crate::doctor::url::connection::Trouble;
use crate::doctor::url::observed::{Observed, Token};
use crate::doctor::url::place::{self, Place, Who};
use crate::doctor::url::target::{authority, shown};
use crate::doctor::url::{advice, words};

const NOBODY: &str = "nobody gets to the IDE";

/// Looks at the way and its end.
pub fn look(observed: &Observed) -> Vec<Finding> {
    match &observed.way.end {
        End::Silence(url, trouble) => vec![silent(url, trouble)],
        End::Circle | End::Endless => vec![circle(observed)],
        End::Answer => observed.place.iter().flat_map(|place| of_place(observed, place)).collect(),
    }
}

fn silent(url: &url::Url, trouble: &Trouble) -> Finding {
    let finding = Finding::broken("way", format!("{}: {trouble}", shown(url))).because(NOBODY);
    match trouble {
        Trouble::Name(..) => {
            finding.change(Side::ReverseProxy, "correct the name, or enter it in the DNS")
        }
        Trouble::Tls(_) => finding.change(
            Side::ReverseProxy,
            "have that port speak TLS (`listen 443 ssl`), or use the port that does",
        ),
        _ => finding.change(
            Side::ReverseProxy,
            "see that it runs, listens at that port, and that no firewall stands in between",
        ),
    }
}

fn circle(observed: &Observed) -> Finding {
    let at = observed.way.steps.last().map(|last| shown(&last.url)).unwrap_or_default();
    let what = format!("redirects lead round in a circle, by way of {at}");
    let by_scheme = observed.way.steps.iter().all(|step| step.url.path() == observed.asked.path());
    let finding = Finding::broken("way", what).because(NOBODY);
    match by_scheme {
        true => finding
            .change(
                Side::ReverseProxy,
                "what sends http:// on to https:// does not learn that the browser has come by \
                 https://: tell it",
            )
            .paste(advice::SCHEME),
        false => finding.change(
            Side::ReverseProxy,
            "compare the addresses above: one of them is rewritten, or its cookies don't arrive",
        ),
    }
}

fn of_place(observed: &Observed, place: &Place) -> Vec<Finding> {
    let at = shown(observed.at());
    let found = match place {
        Place::Workbench(_) => Finding::ok("way", format!("{at} is the IDE")),
        Place::StartUp => Finding::warning("way", format!("{at}: the IDE is still starting"))
            .because("its own page, webviews and WebSockets can't be looked at before it runs")
            .change(
                Side::Container,
                "wait until it runs, and ask again; else see its last lines there",
            ),
        Place::SignIn => login(observed, "the container asks for its token"),
        Place::HubLogin => login(observed, "the Hub asks for a login"),
        Place::Login => login(observed, "somebody asks for a login"),
        Place::HostRefused(name) => host_refused(observed, name),
        Place::Hub => elsewhere(format!("{at} is a page of the Hub's")),
        Place::Jupyter => elsewhere(format!("{at} is a page of Jupyter's")),
        Place::Other => elsewhere(format!("{at} is no page of an IDE's")),
        Place::Error(status) => error(observed, *status),
    };
    let as_header = observed.token == Token::LinkAsHeader && !place.is_login();
    let as_header = as_header.then(|| {
        Finding::warning("sign-in", "the token is right, and a link that holds it does not sign in")
            .because("a browser that follows the link has to log in nevertheless")
            .change(
                Side::Hub,
                "log in at the Hub; it takes tokens in links only where \
                 JUPYTERHUB_ALLOW_TOKEN_IN_URL is 1",
            )
    });
    [found].into_iter().chain(as_header).collect()
}

fn login(observed: &Observed, who: &str) -> Finding {
    let at = shown(observed.at());
    let what = format!("{who} at {at}: the IDE's page could not be looked at");
    let finding = Finding::warning("sign-in", what)
        .because("only what anybody may see was judged; policies and webviews are not known");
    finding.change(Side::Container, how_to_get_in(observed))
}

fn how_to_get_in(observed: &Observed) -> String {
    let (asked, at) = (observed.asked.origin(), observed.at().origin());
    let how = match observed.is_behind_hub() {
        true => {
            "a token of the user's (from the Hub's Token page, scope access:servers) in the variable \
             WAIIDE_TOKEN, or run this in the container (docker exec, kubectl exec), which has one"
        }
        false => "the server's token in the variable WAIIDE_TOKEN, or give a link with ?token=…",
    };
    match (observed.token, observed.flaws.is_empty()) {
        (Token::Missing, _) => format!("ask again with {how}"),
        (_, false) => "the token was not shown: the certificate has to be right first".to_owned(),
        _ if asked != at => format!(
            "the token is for {} alone, and was not shown at {}: give the address there",
            asked.ascii_serialization(),
            at.ascii_serialization()
        ),
        _ => format!("the token that was shown is not taken: ask again with {how}"),
    }
}

/// The name is the browser's, or what a proxy has made of it.
fn host_refused(observed: &Observed, name: &str) -> Finding {
    let finding = |what| Finding::broken("way", what).because(NOBODY);
    match observed.at().host_str().is_some_and(|own| own.eq_ignore_ascii_case(name)) {
        true => finding(format!("the container does not answer to the name {name} (403)"))
            .change(Side::Container, "if that is its name, say so:")
            .paste(&format!("WAIIDE_ALLOWED_HOSTS={name}")),
        false => finding(format!("the container was asked for as {name}, and refuses that (403)"))
            .change(Side::ReverseProxy, "pass the browser's host on, with its port, in nginx:")
            .paste(advice::HOST),
    }
}

fn elsewhere(what: String) -> Finding {
    Finding::warning("way", what).because("what was to be looked at is the IDE").change(
        Side::Container,
        "ask for the IDE's own address, behind a Hub …/user/NAME/ide/, with a user's token",
    )
}

fn error(observed: &Observed, status: u16) -> Finding {
    let last = observed.way.steps.last();
    let who = last.map(|last| (place::who(last, None), place::server(&last.headers)));
    let (who, server) = who.unwrap_or((Who::Unknown, None));
    let from = words::who(who, server.as_deref());
    let at = shown(observed.at());
    let finding = Finding::broken("way", format!("{at}: {status} from {from}")).because(NOBODY);
    match (status, who) {
        (424 | 503, Who::Hub) => finding.change(Side::Hub, "start the user's server at the Hub"),
        (403, Who::Hub | Who::Singleuser) => finding.change(
            Side::Hub,
            "the token's user may not come in here: take a token of the server's owner",
        ),
        (404, Who::Hub | Who::Singleuser) => finding.change(
            Side::Hub,
            "see whether user and server in the address are right, and the server runs",
        ),
        (502 | 504, _) => finding.change(
            Side::ReverseProxy,
            "proxy_pass has to lead to where the Hub's proxy, or the container, listens",
        ),
        _ => finding.change(
            Side::Container,
            format!("see the log of whoever answers for {}", authority(observed.at())),
        ),
    }
}
