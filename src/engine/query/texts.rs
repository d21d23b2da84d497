//! Texts, each with a number.

use std::collections::HashMap;

/// Distinct texts in order of insertion: the only map with text keys, since each type of map is
/// compiled separately.
#[derive(Debug, Default)]
pub struct Texts {
    /// All texts, each at its place.
    pub all: Vec<Box<str>>,
    places: HashMap<Box<str>, usize>,
}

impl Texts {
    /// The place of a text; a new one gets the next place.
    pub fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.find(text) {
            return place;
        }
        self.all.push(text.into());
        self.places.insert(text.into(), self.all.len() - 1);
        self.all.len() - 1
    }

    /// The place of a known text.
    pub fn find(&self, text: &str) -> Option<usize> {
        self.places.get(text).copied()
    }
}
