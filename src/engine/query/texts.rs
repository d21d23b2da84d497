//! Texts, each with a number.

use std::collections::HashMap;

/// Texts in the order in which they came, each once: one map from texts for all that needs one,
/// since each type of map is compiled anew.
#[derive(Debug, Default)]
pub struct Texts {
    /// All that came, each at its place.
    pub all: Vec<Box<str>>,
    places: HashMap<Box<str>, usize>,
}

impl Texts {
    /// The place of a text, which gets the next one where it is new.
    pub fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.find(text) {
            return place;
        }
        self.all.push(text.into());
        self.places.insert(text.into(), self.all.len() - 1);
        self.all.len() - 1
    }

    /// The place of a text that came.
    pub fn find(&self, text: &str) -> Option<usize> {
        self.places.get(text).copied()
    }
}
