//! The values of an attribute.

/// The values of one attribute, one for each execution.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// Categories by number; [`Values::MISSING`] for none.
    Categories(&'a [u32]),
    /// Numbers; NaN for none.
    Numbers(&'a [f64]),
}

impl Values<'_> {
    /// The category of an execution that has none.
    pub const MISSING: u32 = u32::MAX;
}
