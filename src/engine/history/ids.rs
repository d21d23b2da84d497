//! Ids that are too long for the slot of their execution.

/// Texts by place. The buffer of a released one is reused, so that after warm-up ids of similar
/// length allocate nothing.
#[derive(Debug, Default)]
pub(super) struct Ids {
    texts: Vec<String>,
    free: Vec<u32>,
}

/// Longer buffers are not reused.
const LONGEST_SPARE: usize = 128;

impl Ids {
    pub fn insert(&mut self, id: &str) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.texts.push(String::new());
            (self.texts.len() - 1) as u32
        });
        self.texts[place as usize].push_str(id);
        place
    }

    pub fn get(&self, place: u32) -> &str {
        &self.texts[place as usize]
    }

    pub fn remove(&mut self, place: u32) {
        let text = &mut self.texts[place as usize];
        text.clear();
        text.shrink_to(LONGEST_SPARE);
        self.free.push(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_removed_is_used_again_without_what_it_held() {
        let mut ids = Ids::default();
        let long = "x".repeat(1_000);
        let (first, second) = (ids.insert(&long), ids.insert("second"));
        ids.remove(first);
        assert!(ids.texts[first as usize].capacity() <= LONGEST_SPARE);
        assert_eq!(ids.insert("third"), first);
        assert_eq!((ids.get(first), ids.get(second)), ("third", "second"));
    }
}
