//! Ids of traces and spans, derived from an execution: always the same, so that metrics, traces and
//! links agree without a table of ids.

use crate::engine::hash::{fingerprint, mixed};
use crate::engine::history::{ExecutionRef, History};
use std::fmt::Write;

/// What distinguishes an execution from every other of its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// The key of a stored execution.
    pub fn of(history: &History, execution: ExecutionRef) -> Self {
        let record = history.executions.record(execution);
        let id = history.executions.id(execution);
        let starts = [record.start_wall_ms, record.start_ms];
        let starts = starts
            .iter()
            .flat_map(|start| start.to_bits().to_le_bytes());
        Self(fingerprint(id.bytes().chain(starts)))
    }
}

/// A span of another library, or of another process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanContext {
    /// 32 hexadecimal digits.
    pub trace_id: Box<str>,
    /// 16 hexadecimal digits.
    pub span_id: Box<str>,
}

/// Makes ids for one exporter.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    /// Random, so that two processes with executions of one id have different traces.
    pub seed: u64,
}

impl Ids {
    fn part(self, key: Key, part: u64) -> u64 {
        let part = mixed(key.0 ^ mixed(self.seed ^ mixed(part)));
        // All zeros are no valid id.
        part.max(1)
    }

    /// 32 hexadecimal digits.
    pub fn trace(self, key: Key) -> String {
        let mut id = String::with_capacity(32);
        let _ = write!(id, "{:016x}{:016x}", self.part(key, 0), self.part(key, 1));
        id
    }

    /// The same of an execution that ran inside of a span of another trace: that trace.
    pub fn trace_in(self, parent: Option<&SpanContext>, key: Key) -> String {
        parent.map_or_else(|| self.trace(key), |of| of.trace_id.clone().into())
    }

    /// 16 hexadecimal digits, for the execution or a stage by its number in it.
    pub fn span(self, key: Key, stage: Option<u32>) -> String {
        let part = stage.map_or(3, |number| u64::from(number) + 4);
        format!("{:016x}", self.part(key, part))
    }

    /// A number from 0 up to 1 that is evenly spread over executions: those below a share are
    /// that share of them.
    pub fn share(self, key: Key) -> f64 {
        // 53 bits, what a double holds.
        (self.part(key, 2) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_key_seed_and_stage_and_on_nothing_else() {
        let ids = Ids { seed: 7 };
        assert_eq!(ids.trace(Key(3)), Ids { seed: 7 }.trace(Key(3)));
        assert_ne!(ids.trace(Key(3)), ids.trace(Key(4)));
        assert_ne!(ids.trace(Key(3)), Ids { seed: 8 }.trace(Key(3)));
        let spans: std::collections::HashSet<_> = (0..1_000)
            .flat_map(|stage| {
                [
                    ids.span(Key(3), Some(stage)),
                    ids.span(Key(stage.into()), None),
                ]
            })
            .collect();
        assert_eq!(spans.len(), 2_000);
        assert!(spans.iter().all(|id| id.len() == 16));
        assert_eq!(ids.trace(Key(0)).len(), 32);
    }

    #[test]
    fn shares_are_spread_evenly() {
        let ids = Ids { seed: 1 };
        let below = |share| {
            (0..10_000)
                .filter(|&key| ids.share(Key(key)) < share)
                .count()
        };
        for (share, expected) in [(0.01, 100_usize), (0.1, 1_000), (0.5, 5_000)] {
            // Four standard deviations of a binomial count.
            let expected = expected as f64;
            let spread = 4.0 * (expected * (1.0 - share)).sqrt();
            assert!((below(share) as f64 - expected).abs() < spread);
        }
        assert_eq!((below(0.0), below(1.0)), (0, 10_000));
    }
}
