//! What is normal for a stage in a context: a complexity, and a class of input sizes.
//!
//! A stage that takes ten times as long on ten times the input is no slower than it was. Its
//! runs are therefore learned by context as well, and judged by their own once that is warm.

use super::baseline::{Baseline, Run, WARM_AFTER};
use super::level_shift::{LevelShift, Place};
use super::repeated_alerts::Condition;
use super::scaling::{self, Known};
use super::workload_class::ContextKey;

/// Most contexts of a stage, enough for sizes over three decades (20 classes) and more; a new one
/// replaces the least recently used. At most 16 kB per stage, nothing with a single context.
pub const MAX_CONTEXTS: usize = 32;

/// What is normal in one context, and whether that is being exceeded.
#[derive(Clone, Debug)]
pub struct Context {
    /// Complexity and size class.
    pub key: ContextKey,
    /// Runs since it was last added.
    pub runs: u32,
    /// What they take.
    pub baseline: Baseline,
    /// Runs beyond the baseline.
    pub condition: Condition,
    /// Its first run.
    first: Place,
    /// When it was last met, in runs of the stage.
    met: u64,
}

/// The contexts of one stage.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    /// The only context so far: its baseline is the stage's.
    only: Option<ContextKey>,
    runs: u64,
    /// Place of the one met last.
    last: usize,
    /// Keys of the known contexts, contiguous for a fast search.
    keys: Vec<ContextKey>,
    known: Vec<Context>,
}

impl Contexts {
    /// The context of that key, if it has seen enough runs to judge by.
    #[inline(always)]
    pub fn warm(&mut self, key: ContextKey) -> Option<&mut Context> {
        if self.known.is_empty() {
            return None;
        }
        let place = self.place_of(key)?;
        self.last = place;
        self.known
            .get_mut(place)
            .filter(|context| context.baseline.is_warm())
    }

    /// Learns from a run. `stage` is the baseline of all runs before it. Returns a shift of the
    /// context's level.
    ///
    /// Cost: one comparison while all runs have one context, then that of
    /// [`Baseline::record`]; allocates only where more contexts are known than ever before.
    #[inline]
    pub fn record(
        &mut self,
        key: ContextKey,
        run: Run,
        factor: f64,
        stage: &Baseline,
    ) -> Option<LevelShift> {
        self.runs += 1;
        let only = *self.only.get_or_insert(key);
        if self.known.is_empty() && key == only {
            return None;
        }
        self.record_apart(key, only, run, factor, stage)
    }

    #[inline(never)]
    fn record_apart(
        &mut self,
        key: ContextKey,
        only: ContextKey,
        run: Run,
        factor: f64,
        stage: &Baseline,
    ) -> Option<LevelShift> {
        if self.known.is_empty() {
            let runs = u32::try_from(self.runs - 1).unwrap_or(u32::MAX);
            self.keys.push(only);
            self.known.push(Context {
                runs,
                baseline: stage.clone(),
                ..Context::new(only, run.place)
            });
        }
        let place = self
            .place_of(key)
            .unwrap_or_else(|| self.admit(key, run.place));
        self.last = place;
        let context = self.known.get_mut(place)?;
        context.met = self.runs;
        context.runs = context.runs.saturating_add(1);
        let shift = context.baseline.record(run, factor);
        if context.runs == WARM_AFTER {
            return self.began_slow(place, run.place, factor);
        }
        shift
    }

    /// A context whose level became known, at least `factor` times what the scaling of the others
    /// predicts: the stage became slower together with its work.
    #[cold]
    fn began_slow(&self, place: usize, now: Place, factor: f64) -> Option<LevelShift> {
        let context = self.known.get(place)?;
        let from_ms = self.expected_ms(context.key)?;
        let to_ms = context.baseline.typical();
        (to_ms >= factor * from_ms).then(|| LevelShift {
            from_ms,
            to_ms,
            since_ms: context.first.wall_ms,
            runs_ago: now.number.wrapping_sub(context.first.number),
        })
    }

    /// What a run of a context is expected to take in ms, by the scaling of the others of its
    /// complexity that are warm. Not for every run: see [`scaling::expected`].
    fn expected_ms(&self, key: ContextKey) -> Option<f64> {
        let size_of = |key: ContextKey| (key.size_from() * key.size_below()).sqrt().ln();
        let others = self.known.iter().filter(|context| {
            context.key != key
                && context.key.complexity() == key.complexity()
                && context.key.size_class() > 0
                && context.baseline.is_warm()
        });
        let known: Vec<Known> = others
            .map(|context| (size_of(context.key), context.baseline.typical().ln()))
            .collect();
        let is_known = key.size_class() > 0;
        let expected = is_known.then(|| scaling::expected(&known, size_of(key)));
        expected.flatten().map(f64::exp)
    }

    /// What is normal for runs of a context that is not warm: what they are expected to take in ms,
    /// and the level beyond which they are out of the ordinary, as far beyond that as the widest of
    /// the contexts known has it.
    pub fn expectation(&self, key: ContextKey, factor: f64) -> Option<Expectation> {
        let mut known = self.known.iter();
        if known.any(|context| context.key == key && context.baseline.is_warm()) {
            return None;
        }
        let typical_ms = self.expected_ms(key)?;
        let warm = self.known.iter().map(|context| &context.baseline);
        let widest = warm
            .filter(|baseline| baseline.is_warm())
            .map(|baseline| baseline.alarm_level(factor) / baseline.typical())
            .fold(factor, f64::max);
        Some(Expectation {
            typical_ms,
            level_ms: typical_ms * widest,
        })
    }

    /// Runs of the stage so far.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Contexts known, in no order; none while all runs have one.
    pub fn known(&self) -> &[Context] {
        &self.known
    }

    /// Whether any of them is being exceeded.
    pub fn is_any_exceeded(&self) -> bool {
        let mut contexts = self.known.iter();
        contexts.any(|context| context.condition.is_ongoing())
    }

    fn place_of(&self, key: ContextKey) -> Option<usize> {
        if self.keys.get(self.last) == Some(&key) {
            return Some(self.last);
        }
        self.keys.iter().position(|&known| known == key)
    }

    /// Makes room for a new context by evicting the least recently used; one that is being exceeded
    /// goes last.
    fn admit(&mut self, key: ContextKey, first: Place) -> usize {
        if self.known.len() < MAX_CONTEXTS {
            self.keys.push(key);
            self.known.push(Context::new(key, first));
            return self.known.len() - 1;
        }
        let by_age =
            |(_, context): &(usize, &Context)| (context.condition.is_ongoing(), context.met);
        let oldest = self.known.iter().enumerate().min_by_key(by_age);
        let place = oldest.map_or(0, |(place, _)| place);
        if let (Some(replaced), Some(context)) =
            (self.keys.get_mut(place), self.known.get_mut(place))
        {
            *replaced = key;
            *context = Context::new(key, first);
        }
        place
    }
}

/// What is normal for runs of a context with too few runs.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// What they are expected to take, in ms.
    pub typical_ms: f64,
    /// Longer runs are out of the ordinary, in ms.
    pub level_ms: f64,
}

impl Context {
    fn new(key: ContextKey, first: Place) -> Self {
        Self {
            key,
            runs: 0,
            baseline: Baseline::new(),
            condition: Condition::default(),
            first,
            met: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(duration_ms: f64) -> Run {
        Run {
            duration_ms,
            place: Place {
                number: 0,
                wall_ms: 0.0,
            },
        }
    }

    fn key(size: f64) -> ContextKey {
        ContextKey::of(1, size)
    }

    fn size(class: usize) -> f64 {
        (class as f64).exp2()
    }

    fn learn(contexts: &mut Contexts, sizes: impl IntoIterator<Item = f64>) {
        let stage = Baseline::new();
        for size in sizes {
            contexts.record(key(size), run(size), 2.0, &stage);
        }
    }

    #[test]
    fn the_contexts_of_a_stage_take_the_bytes_stated() {
        let each = size_of::<Context>() + size_of::<ContextKey>();
        assert!(MAX_CONTEXTS * each <= 16_000, "{each}");
    }

    #[test]
    fn a_stage_that_meets_one_context_has_none() {
        let mut contexts = Contexts::default();
        learn(&mut contexts, [5.0; 100]);
        assert_eq!(contexts.known.capacity(), 0);
        assert!(contexts.warm(key(5.0)).is_none());
    }

    #[test]
    fn the_first_context_takes_over_what_the_stage_learned_of_it() {
        let (mut contexts, mut stage) = (Contexts::default(), Baseline::new());
        for _ in 0..30 {
            contexts.record(key(5.0), run(7.0), 2.0, &stage);
            stage.record(run(7.0), 2.0);
        }
        contexts.record(key(500.0), run(700.0), 2.0, &stage);
        assert_eq!(contexts.warm(key(5.0)).unwrap().baseline.typical(), 7.0);
        assert_eq!(contexts.warm(key(5.0)).unwrap().runs, 30);
        assert!(contexts.warm(key(500.0)).is_none());
    }

    #[test]
    fn a_context_is_warm_after_twenty_runs_of_its_own() {
        let mut contexts = Contexts::default();
        learn(
            &mut contexts,
            (0..39).map(|nth| if nth % 2 == 0 { 1.0 } else { 64.0 }),
        );
        assert!(
            contexts.warm(key(1.0)).is_none(),
            "the stage knew nothing of the first run"
        );
        learn(&mut contexts, [1.0, 64.0]);
        assert!(contexts.warm(key(64.0)).is_some());
    }

    #[test]
    fn beyond_the_most_contexts_the_least_recently_met_makes_room_and_nothing_is_allocated() {
        let mut contexts = Contexts::default();
        learn(&mut contexts, (0..MAX_CONTEXTS).map(size));
        let room = contexts.known.capacity();
        learn(&mut contexts, [size(0), size(40)]);
        assert_eq!(contexts.known.len(), MAX_CONTEXTS);
        assert!(contexts.place_of(key(size(0))).is_some());
        assert!(contexts.place_of(key(size(1))).is_none());
        learn(&mut contexts, (0..10_000).map(|nth| size(nth % 60)));
        assert_eq!(contexts.known.capacity(), room);
    }

    #[test]
    fn a_context_that_is_being_exceeded_makes_room_only_when_all_are() {
        let mut contexts = Contexts::default();
        learn(&mut contexts, (0..MAX_CONTEXTS).map(size));
        contexts.known[0].condition = Condition::ongoing();
        learn(&mut contexts, [size(40)]);
        assert!(contexts.place_of(key(size(0))).is_some());
        assert!(contexts.place_of(key(size(1))).is_none());
        for context in &mut contexts.known {
            context.condition = Condition::ongoing();
        }
        learn(&mut contexts, [size(41)]);
        assert!(contexts.place_of(key(size(0))).is_none());
    }
}
