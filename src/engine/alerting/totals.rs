//! Sums that only grow, for exporters.

use super::alert::{AlertKind, Severity};
use super::completion::Completion;
use crate::engine::figures::{larger, smaller};

/// Totals of all completions of one stage, including evicted ones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Sum of the durations in ms.
    pub duration_ms: f64,
    /// Items processed.
    pub items: f64,
    /// Errors reported.
    pub errors: f64,
    /// Completions that did not succeed.
    pub failures: u64,
}

impl Totals {
    /// Adds a completion; a figure that is negative or no number adds nothing.
    #[inline]
    pub fn add(&mut self, completion: &Completion) {
        // None of the sums is NaN; what is, is not larger than 0.
        let grown = |sum: f64, by: f64| smaller(sum + larger(by, 0.0), f64::MAX);
        self.duration_ms = grown(self.duration_ms, completion.duration_ms);
        self.items = grown(self.items, completion.items);
        self.errors = grown(self.errors, completion.errors);
    }
}

/// Alerts raised so far, by kind and severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertTotals([[u64; 2]; AlertKind::COUNT]);

impl AlertTotals {
    /// Counts one.
    pub fn add(&mut self, kind: AlertKind, severity: Severity) {
        let row = self.0.get_mut(kind as usize);
        if let Some(count) = row.and_then(|row| row.get_mut(severity as usize)) {
            *count += 1;
        }
    }

    /// Alerts of that kind and severity.
    pub fn of(&self, kind: AlertKind, severity: Severity) -> u64 {
        let row = self.0.get(kind as usize);
        let count = row.and_then(|row| row.get(severity as usize));
        count.copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alerting::workload_class::ContextKey;

    #[test]
    fn sums_never_fall_whatever_is_added() {
        let mut totals = Totals::default();
        let mut before = totals;
        for value in [3.0, -5.0, f64::NAN, f64::MAX, f64::MAX, f64::INFINITY, 1.0] {
            totals.add(&Completion {
                duration_ms: value,
                memory_delta: f64::NAN,
                items: value,
                errors: value,
                context: ContextKey::of(0, 0.0),
            });
            assert!(totals.duration_ms >= before.duration_ms && totals.duration_ms.is_finite());
            assert!(totals.items >= before.items && totals.errors >= before.errors);
            before = totals;
        }
        assert_eq!(totals.duration_ms, f64::MAX);
    }

    #[test]
    fn alerts_count_by_kind_and_severity() {
        let mut totals = AlertTotals::default();
        totals.add(AlertKind::LevelShift, Severity::Error);
        totals.add(AlertKind::LevelShift, Severity::Error);
        assert_eq!(totals.of(AlertKind::LevelShift, Severity::Error), 2);
        assert_eq!(totals.of(AlertKind::LevelShift, Severity::Warning), 0);
    }
}
