//! Custom labels as attributes of runs.

use super::texts::Texts;
use crate::engine::analysis::explanation::{Trait, Values};
use crate::engine::analysis::findings::OwnTrait;
use crate::engine::history::{CustomLabel, LabelId, LabelValue, Labelled};
use crate::engine::json::plain;
use crate::engine::recorder::State;
use crate::engine::series::Series;
use crate::engine::stats::order::sort_by;

/// The values of one label, one per run.
#[derive(Debug)]
pub(super) struct OwnColumn {
    name: LabelId,
    values: OwnValues,
}

#[derive(Debug)]
enum OwnValues {
    /// Every value given is a number.
    Numbers(Vec<f64>),
    /// Categories, by their place among `texts`.
    Categories {
        values: Vec<u32>,
        texts: Vec<Box<str>>,
    },
}

/// The values of each label of `runs`, one per run; a run without the label has no value. Returns
/// at once if no caller gives labels.
pub(super) fn given(
    state: &State,
    series: &Series,
    runs: &[usize],
) -> Vec<(LabelId, Vec<Option<LabelValue>>)> {
    if state.history.executions.custom_labels.is_empty() {
        return Vec::new();
    }
    let mut given: Vec<(LabelId, Vec<Option<LabelValue>>)> = Vec::new();
    for (place_of_run, &run) in runs.iter().enumerate() {
        for label in labels_of_run(state, series, run) {
            let known = given.iter().position(|(name, _)| *name == label.name);
            let place = known.unwrap_or_else(|| {
                given.push((label.name, vec![None; runs.len()]));
                given.len() - 1
            });
            // The most specific label comes first.
            given[place].1[place_of_run].get_or_insert(label.value);
        }
    }
    sort_by(&mut given, |a, b| a.0.cmp(&b.0));
    given
}

impl OwnColumn {
    /// A column for each label that any of `runs` was given.
    pub fn all(state: &State, series: &Series, runs: &[usize]) -> Vec<Self> {
        let columns = given(state, series, runs).into_iter();
        let columns = columns.map(|(name, values)| Self {
            name,
            values: OwnValues::of(state, &values),
        });
        columns.collect()
    }

    /// Columns of all runs with the categories of each label, as numbers that hold for that label
    /// alone; its numbers are no categories.
    pub fn categories(state: &State, series: &Series) -> Vec<Vec<u32>> {
        let all: Vec<usize> = (0..series.len()).collect();
        let category = |value: Option<LabelValue>| match value {
            Some(LabelValue::Text(label)) => label,
            Some(LabelValue::Truth(truth)) => u32::from(truth),
            Some(LabelValue::Number(_)) | None => Values::MISSING,
        };
        let columns = given(state, series, &all).into_iter();
        columns
            .map(|(_, values)| values.into_iter().map(category).collect())
            .collect()
    }

    pub fn values(&self) -> Values<'_> {
        match &self.values {
            OwnValues::Numbers(values) => Values::Numbers(values),
            OwnValues::Categories { values, .. } => Values::Categories(values),
        }
    }

    /// The value that slow runs share, as in an answer: `labels.` and the label's name, and the
    /// text of a category.
    pub fn shared(&self, state: &State, shared: Trait) -> OwnTrait {
        let name = state.label(self.name).unwrap_or_default();
        let value = match (&self.values, shared) {
            (OwnValues::Categories { texts, .. }, Trait::Category(category)) => {
                texts.get(category as usize).cloned()
            }
            _ => None,
        };
        OwnTrait {
            attribute: format!("labels.{name}"),
            value,
        }
    }
}

impl OwnValues {
    fn of(state: &State, given: &[Option<LabelValue>]) -> Self {
        let number = |value: &Option<LabelValue>| match value {
            None => Some(f64::NAN),
            Some(LabelValue::Number(number)) => Some(*number),
            Some(LabelValue::Text(_) | LabelValue::Truth(_)) => None,
        };
        if let Some(numbers) = given.iter().map(number).collect() {
            return Self::Numbers(numbers);
        }
        let mut texts = Texts::default();
        let mut category = |value: &Option<LabelValue>| {
            let place = match value {
                None => return Values::MISSING,
                Some(LabelValue::Number(number)) => texts.place(&plain(*number)),
                Some(LabelValue::Truth(truth)) => texts.place(&truth.to_string()),
                Some(LabelValue::Text(label)) => {
                    texts.place(state.label(*label).unwrap_or_default())
                }
            };
            place as u32
        };
        let values = given.iter().map(&mut category).collect();
        let texts = texts.all;
        Self::Categories { values, texts }
    }
}

/// Labels that apply to a run: for a stage its own before its execution's, for an execution its own
/// before its stages'.
fn labels_of_run<'a>(
    state: &'a State,
    series: &Series,
    run: usize,
) -> impl Iterator<Item = &'a CustomLabel> {
    let execution = series.execution_ref(state, run);
    let given = execution.map_or(&[][..], |execution| {
        state.history.executions.custom_labels.of(execution)
    });
    let own = match series.span(state, run) {
        _ if given.is_empty() => Labelled::Execution,
        Some(span) => Labelled::stage(&span),
        None => Labelled::Execution,
    };
    let is_of_stage = own != Labelled::Execution;
    let first = given.iter().filter(move |label| label.is_of(own));
    let then = given.iter().filter(move |label| {
        let of_execution = label.is_of(Labelled::Execution);
        of_execution == is_of_stage
    });
    first.chain(then)
}
