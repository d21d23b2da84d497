//! The ids of executions that callers gave none.

use crate::engine::history::OWN_PREFIX;

/// Characters of the longest of them.
pub(super) const LONGEST: usize = OWN_PREFIX.len() + "18446744073709551615".len();

/// The id of an execution that the caller gave none. The formatter of the standard library takes as
/// long as all else that a start does.
pub(super) fn own_id(mut sequence: u64, text: &mut [u8; LONGEST]) -> &str {
    let mut from = LONGEST;
    for place in text.iter_mut().rev() {
        *place = b'0' + (sequence % 10) as u8;
        sequence /= 10;
        from -= 1;
        if sequence == 0 {
            break;
        }
    }
    let start = from.saturating_sub(OWN_PREFIX.len());
    if let Some(room) = text.get_mut(start..from) {
        room.copy_from_slice(OWN_PREFIX.as_bytes());
    }
    std::str::from_utf8(&text[start..]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_prefix_and_the_number() {
        for sequence in [0, 7, 10, 12_345, u64::MAX] {
            let mut text = [0; LONGEST];
            let id = own_id(sequence, &mut text);
            assert_eq!(id, format!("execution-{sequence}"));
        }
    }
}
