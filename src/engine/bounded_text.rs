//! Bounds stored ids and names, so that no text of a caller makes an answer exceed the longest string.

use crate::engine::hash::fingerprint;
use std::borrow::Cow;

/// Bytes of the longest text that is stored unchanged.
pub const LONGEST: usize = 256;

/// Separates the beginning of a longer text from its hash.
const CUT: &str = "…";
const DIGITS: usize = 16;

/// A text of up to [`LONGEST`] bytes unchanged; of a longer one the beginning and a hash of all of
/// it in 16 digits. Different texts still differ, and a shortened one is stored unchanged.
///
/// Cost: none for the first, a pass over the text for the other.
#[inline]
pub fn bounded(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(shortened(text))
    }
}

#[cold]
fn shortened(text: &str) -> String {
    let most = LONGEST - CUT.len() - DIGITS;
    let head = (0..=most).rev().find_map(|at| text.get(..at));
    let head = head.unwrap_or_default();
    format!("{head}{CUT}{:0DIGITS$x}", fingerprint(text.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_it_is_up_to_the_bound_and_beyond_it_no_longer() {
        let fits = "x".repeat(LONGEST);
        assert_eq!(bounded(&fits), fits);
        for beyond in [format!("{fits}y"), "é".repeat(1_000_000)] {
            let short = bounded(&beyond).into_owned();
            assert!((LONGEST - 2..=LONGEST).contains(&short.len()), "{short}");
            assert_eq!(bounded(&short), short);
        }
    }

    #[test]
    fn long_texts_that_differ_at_their_end_differ_still() {
        let of = |end| bounded(&format!("{}{end}", "x".repeat(1000))).into_owned();
        assert_eq!(of('a'), of('a'));
        assert_ne!(of('a'), of('b'));
        assert_eq!(fingerprint("foobar".bytes()), 0x8594_4171_f739_67e8);
    }
}
