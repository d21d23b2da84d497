//! What can go wrong in merging sketches.

use std::fmt;

/// Why two sketches cannot be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SketchError {
    /// They promise different relative errors, so their buckets differ. Make both with the same
    /// α.
    AlphaMismatch,
    /// They hold different numbers of buckets, so the union would have lost more of its smallest
    /// samples than either says. Make both with the same limit.
    LimitMismatch,
}

impl fmt::Display for SketchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlphaMismatch => "the sketches promise different relative errors",
            Self::LimitMismatch => "the sketches hold different numbers of buckets",
        })
    }
}

impl std::error::Error for SketchError {}
