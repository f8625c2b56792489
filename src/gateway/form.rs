//! `application/x-www-form-urlencoded`: queries and forms (WHATWG URL §5.1).

/// The first value of a name, decoded.
pub fn value(form: &str, name: &str) -> Option<String> {
    pairs(form).find(|(found, _)| decode(found) == name).map(|(_, value)| decode(value))
}

/// The form without a name; the rest stays as it is, byte for byte.
pub fn without(form: &str, name: &str) -> String {
    let other = |part: &&str| decode(part.split('=').next().unwrap_or_default()) != name;
    form.split('&').filter(other).collect::<Vec<_>>().join("&")
}

fn pairs(form: &str) -> impl Iterator<Item = (&str, &str)> {
    form.split('&').map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// Decodes `%XX` and `+`. What is not UTF-8 afterwards is replaced.
fn decode(text: &str) -> String {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((&first, after)) = rest.split_first() {
        let byte;
        (rest, byte) = match (first, after) {
            (b'+', _) => (after, b' '),
            (b'%', [high, low, beyond @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => (beyond, high * 16 + low),
                None => (after, b'%'),
            },
            _ => (after, first),
        };
        decoded.push(byte);
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_decoded() {
        let form = "a=1&tok%65n=a+b%26%2Bc%&next=%2Fx%3Fy";
        assert_eq!(value(form, "token").as_deref(), Some("a b&+c%"));
        assert_eq!(value(form, "next").as_deref(), Some("/x?y"));
        assert_eq!(value(form, "none"), None);
    }

    #[test]
    fn what_stays_is_not_touched() {
        assert_eq!(without("a=%2f&token=x&&b=+", "token"), "a=%2f&&b=+");
    }

    proptest! {
        #[test]
        fn nothing_panics(form in "\\PC{0,60}") {
            value(&form, "x");
            without(&form, "x");
        }
    }
}
