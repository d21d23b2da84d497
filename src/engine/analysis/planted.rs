//! Noise and spans for tests that plant what an analysis has to find.

use super::execution::Span;

/// In [0, 1), without a trend; always the same for a run.
pub fn noise(run: usize) -> f64 {
    ((run * run * 31 + run * 7919) % 1013) as f64 / 1013.0
}

/// Uniform in (0, 1), by a linear congruence (Knuth's MMIX); always the same sequence.
pub fn uniform() -> impl FnMut() -> f64 {
    let mut state = 1_u64;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((state >> 33) as f64 + 0.5) / f64::from(1_u32 << 31)
    }
}

/// A span without a parent.
pub fn span(stage: u32, start_ms: f64, end_ms: f64) -> Span {
    Span {
        stage,
        start_ms,
        end_ms,
        parent: None,
    }
}
