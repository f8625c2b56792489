//! What a client says it can decode (RFC 9110 §12.5.3).

use super::coding::Coding;

/// A weight in thousandths (RFC 9110 §12.4.2); 0 refuses.
type Weight = u16;

const FULL: Weight = 1000;

/// The content codings that a client accepts.
///
/// Without an `Accept-Encoding` only identity counts as accepted, and `*` stands for gzip and
/// identity: both would allow anything, but who says so little can seldom decode what is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accepted {
    identity: Option<Weight>,
    gzip: Option<Weight>,
    brotli: Option<Weight>,
    zstd: Option<Weight>,
    any: Option<Weight>,
}

impl Accepted {
    /// Reads the field lines of `Accept-Encoding`. A member that can't be read is left out, one
    /// that is there twice counts with its higher weight.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Accepted {
        let mut accepted = Accepted::default();
        let members = lines.into_iter().flat_map(|line| line.split(|&byte| byte == b','));
        members.filter_map(member).for_each(|(name, weight)| accepted.note(name, weight));
        accepted
    }

    fn note(&mut self, name: &[u8], weight: Weight) {
        let slot = match Coding::from_token(name) {
            Some(Coding::Identity) => &mut self.identity,
            Some(Coding::Gzip) => &mut self.gzip,
            Some(Coding::Brotli) => &mut self.brotli,
            Some(Coding::Zstd) => &mut self.zstd,
            None if name == b"*" => &mut self.any,
            None => return,
        };
        *slot = Some(slot.map_or(weight, |other| other.max(weight)));
    }

    /// Whether the client can decode this coding. Identity it can unless it says otherwise.
    pub fn takes(&self, coding: Coding) -> bool {
        match coding {
            Coding::Identity => !self.identity_refused(),
            coding => self.weight(coding).is_some_and(|weight| weight > 0),
        }
    }

    /// Whether the client refuses a response that is not encoded (`identity;q=0`, or `*;q=0`
    /// without a word about identity).
    pub fn identity_refused(&self) -> bool {
        self.weight(Coding::Identity) == Some(0)
    }

    /// What the client likes best of `among` and identity; of what it likes equally, what comes
    /// first. Identity comes last unless the client names it with more weight, and is the answer,
    /// too, where nothing is accepted ([`Accepted::identity_refused`]).
    pub fn best(&self, among: &[Coding]) -> Coding {
        let identity = self.identity.unwrap_or(0);
        let mut best = (identity.max(1), Coding::Identity);
        for &coding in among.iter().rev() {
            let weight = self.weight(coding).unwrap_or(0);
            if weight >= best.0 {
                best = (weight, coding);
            }
        }
        best.1
    }

    /// How much the client likes a coding, in thousandths; 0 where it doesn't accept it. To rank
    /// what is at hand in more than one.
    pub fn rank(&self, coding: Coding) -> u16 {
        self.weight(coding).unwrap_or(0)
    }

    fn weight(&self, coding: Coding) -> Option<Weight> {
        match coding {
            Coding::Identity => self.identity.or(self.any),
            Coding::Gzip => self.gzip.or(self.any),
            Coding::Brotli => self.brotli,
            Coding::Zstd => self.zstd,
        }
    }
}

/// One member of the list: a coding with its weight.
fn member(text: &[u8]) -> Option<(&[u8], Weight)> {
    let mut parts = text.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let mut weight = FULL;
    for parameter in parts {
        let mut halves = parameter.splitn(2, |&byte| byte == b'=').map(<[u8]>::trim_ascii);
        if halves.next().is_some_and(|key| key.eq_ignore_ascii_case(b"q")) {
            weight = quality(halves.next()?)?;
        }
    }
    Some((name, weight))
}

/// `0.5` is 500. Digits after the third are not there for anything.
fn quality(text: &[u8]) -> Option<Weight> {
    let (whole, rest) = text.split_first()?;
    let whole = match whole {
        b'0' => 0,
        b'1' => FULL,
        _ => return None,
    };
    let digits = match rest.split_first() {
        None => return Some(whole),
        Some((b'.', digits)) => digits,
        Some(_) => return None,
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let places = [100, 10, 1].into_iter().zip(digits);
    let part: Weight = places.map(|(place, digit)| place * Weight::from(digit - b'0')).sum();
    Some((whole + part).min(FULL))
}

#[cfg(test)]
mod tests {
    use super::Coding::{Brotli, Gzip, Identity, Zstd};
    use super::*;
    use proptest::prelude::*;

    fn of(lines: &[&str]) -> Accepted {
        Accepted::of(lines.iter().map(|line| line.as_bytes()))
    }

    #[test]
    fn what_is_best() {
        for (line, expected) in [
            ("gzip, deflate, br, zstd", Zstd),
            ("gzip, deflate, br", Gzip),
            ("gzip, deflate", Gzip),
            ("br", Brotli),
            ("deflate", Identity),
            ("", Identity),
            ("identity", Identity),
            ("*", Gzip),
            ("*;q=0", Identity),
            ("gzip;q=1.0, *;q=0", Gzip),
            ("gzip;q=0, *", Identity),
            ("zstd;q=0, *", Gzip),
            ("zstd;q=0.5, br;q=0.8, gzip;q=0.1", Brotli),
            ("zstd;q=0.5, gzip;q=0.5", Zstd),
            ("gzip;q=0.5, identity", Identity),
            ("gzip, identity", Gzip),
            ("identity;q=0.5, gzip;q=0.4", Identity),
            ("identity;q=1, *;q=0", Identity),
            ("identity;q=0, gzip;q=0.001", Gzip),
            ("X-GZIP ; Q=0.3", Gzip),
            ("gzip;level=9;q=0.3", Gzip),
            ("gzip;q=", Identity),
            ("gzip;q", Identity),
            ("gzip;q=2", Identity),
            ("gzip;q=-1", Identity),
            ("gzip;q=1.001", Gzip),
            ("gzip;q=0.0009", Identity),
            ("gzip;q=0.5x", Identity),
            (";q=1, ,, gzip", Gzip),
            ("gzip;q=0, gzip;q=0.5", Gzip),
            ("\u{7f}\0, zstd", Zstd),
        ] {
            assert_eq!(of(&[line]).best(&Coding::FOR_STREAMS), expected, "{line:?}");
        }
    }

    #[test]
    fn identity_is_refused_in_two_ways() {
        for (line, expected) in [
            ("identity;q=0", true),
            ("*;q=0", true),
            ("gzip, *;q=0", true),
            ("identity;q=0.1, *;q=0", false),
            ("gzip", false),
            ("*;q=0.1", false),
        ] {
            assert_eq!(of(&[line]).identity_refused(), expected, "{line}");
            assert_eq!(of(&[line]).takes(Identity), !expected, "{line}");
        }
    }

    #[test]
    fn no_header_is_identity_and_several_are_one() {
        assert_eq!(of(&[]).best(&Coding::FOR_STREAMS), Identity);
        assert!(!of(&[]).takes(Gzip) && !of(&[]).identity_refused());
        assert_eq!(of(&["gzip", "br"]), of(&["gzip, br"]));
    }

    #[test]
    fn the_order_of_what_is_there_decides_between_equals() {
        let all = of(&["gzip, br, zstd"]);
        assert_eq!(all.best(&[Brotli, Zstd]), Brotli);
        assert_eq!(all.best(&[Zstd, Brotli]), Zstd);
        assert_eq!(all.best(&[]), Identity);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_the_best_is_one_that_is_taken(
            lines in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..40),
                    "((gzip|br|zstd|x-gzip|identity|\\*|deflate)(;q=[01](\\.[0-9]{0,4})?)?[, ]{1,2}){0,5}"
                        .prop_map(String::into_bytes),
                ],
                0..4,
            ),
        ) {
            let accepted = Accepted::of(lines.iter().map(Vec::as_slice));
            let best = accepted.best(&Coding::FOR_STREAMS);
            prop_assert!(accepted.takes(best) || accepted.identity_refused());
            if best == Identity && accepted.identity_refused() {
                prop_assert!(Coding::FOR_STREAMS.iter().all(|&coding| !accepted.takes(coding)));
            }
        }
    }
}
