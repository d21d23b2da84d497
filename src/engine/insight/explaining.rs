//! What sets slow runs apart from the others.

use super::own_labels::OwnColumn;
use super::series::Series;
use crate::engine::analysis::explanation::{explain as ranked, Explanation, Trait, Values};
use crate::engine::history::{LabelId, SpanRecord, StageId};
use crate::engine::recorder::State;
use serde::Serialize;
use std::borrow::Cow;

/// What is asked about each run, beside the labels of callers' own.
const ATTRIBUTES: [&str; 8] = [
    "complexity",
    "inputSize",
    "itemsProcessed",
    "actionCount",
    "environment",
    "configurationHash",
    "retries",
    "errors",
];

/// Attributes that somebody can change without changing the work: what is asked of a stage is
/// no fault of its. What a label stands for only its caller knows.
const MENDABLE: [&str; 4] = ["environment", "configurationHash", "retries", "errors"];

#[derive(Debug, Serialize)]
pub(super) struct Explained {
    runs: usize,
    from: Option<f64>,
    to: Option<f64>,
    pub attributes: Vec<Attribute>,
}

/// One attribute, with the value that goes along with slowness.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attribute {
    pub attribute: Cow<'static, str>,
    runs: usize,
    /// Share of the variance of the durations' ranks that goes along with it.
    pub effect: f64,
    /// Corrected for the number of attributes.
    pub p_value: f64,
    pub significant: bool,
    pub slow: Slow,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Slow {
    /// The category; `null` for a range, and for several rare categories together.
    value: Option<Box<str>>,
    low: Option<f64>,
    high: Option<f64>,
    pub runs: usize,
    pub median: f64,
    pub others_median: f64,
    share_of_slowest: f64,
    /// The newest run of these.
    execution_id: Option<Box<str>>,
}

impl Attribute {
    /// Whether it is worth a recommendation.
    pub fn is_mendable(&self) -> bool {
        self.significant && MENDABLE.contains(&&*self.attribute)
    }

    /// Share of the runs examined that are slow.
    pub fn share_of_runs(&self) -> f64 {
        self.slow.runs as f64 / self.runs as f64
    }
}

/// One column for each attribute.
#[derive(Default)]
struct Columns {
    complexity: Vec<u32>,
    input_size: Vec<f64>,
    items: Vec<f64>,
    action_count: Vec<f64>,
    environment: Vec<u32>,
    configuration: Vec<u32>,
    retries: Vec<f64>,
    errors: Vec<f64>,
    own: Vec<OwnColumn>,
}

impl Columns {
    fn of(state: &State, series: &Series) -> Self {
        let mut columns = Self {
            own: OwnColumn::all(state, series),
            ..Self::default()
        };
        for run in 0..series.len() {
            let execution = series.execution(state, run);
            match series.span(state, run) {
                Some(span) => columns.push_stages(&[span]),
                None => columns.push_stages(&series.spans(state, run)),
            }
            columns
                .action_count
                .push(execution.map_or(f64::NAN, |execution| execution.action_count));
            columns
                .environment
                .push(execution.map_or(Values::MISSING, |execution| execution.environment));
        }
        columns
    }

    /// Sums of counts and sizes; of labels the first that any of them was given.
    fn push_stages(&mut self, spans: &[SpanRecord]) {
        let first = |label: fn(&SpanRecord) -> LabelId| {
            let given = spans.iter().map(label).find(|&label| label != 0);
            given.unwrap_or(0)
        };
        let sum = |count: fn(&SpanRecord) -> f64| spans.iter().map(count).sum();
        self.complexity.push(first(|span| span.complexity));
        self.configuration.push(first(|span| span.configuration));
        self.input_size.push(sum(|span| span.input_size));
        self.items.push(sum(|span| span.items));
        self.retries.push(sum(|span| span.retries));
        self.errors.push(sum(|span| span.errors));
    }

    /// In the order of [`ATTRIBUTES`], and then the labels of callers' own.
    fn values(&self) -> Vec<Values<'_>> {
        let mut values: Vec<Values<'_>> = self.built_in().into();
        values.extend(self.own.iter().map(OwnColumn::values));
        values
    }

    fn built_in(&self) -> [Values<'_>; ATTRIBUTES.len()] {
        [
            Values::Categories(&self.complexity),
            Values::Numbers(&self.input_size),
            Values::Numbers(&self.items),
            Values::Numbers(&self.action_count),
            Values::Categories(&self.environment),
            Values::Categories(&self.configuration),
            Values::Numbers(&self.retries),
            Values::Numbers(&self.errors),
        ]
    }

    /// The label of a caller's own that an attribute is.
    fn own(&self, attribute: usize) -> Option<&OwnColumn> {
        self.own.get(attribute.checked_sub(ATTRIBUTES.len())?)
    }

    /// Whether a run has what the slow ones share.
    fn shares(values: &[Values<'_>], attribute: usize, shared: Trait, run: usize) -> bool {
        match (values.get(attribute), shared) {
            (Some(Values::Categories(values)), Trait::Category(value)) => {
                values.get(run) == Some(&value)
            }
            (Some(Values::Numbers(values)), Trait::Range { low, high }) => values
                .get(run)
                .is_some_and(|value| (low..=high).contains(value)),
            _ => false,
        }
    }
}

pub(super) fn explain(state: &State, stage: StageId, since: Option<f64>) -> Explained {
    explain_series(state, &Series::of(state, stage, since))
}

pub(super) fn explain_series(state: &State, series: &Series) -> Explained {
    let columns = Columns::of(state, series);
    let (from, to) = series.period();
    let values = columns.values();
    let ranking = ranked(&series.durations, &values);
    let named = ranking.iter().map(|found| {
        let same = |run: &usize| Columns::shares(&values, found.attribute, found.slow.shared, *run);
        let newest = (0..series.len()).rev().find(same);
        describe(
            state,
            found,
            columns.own(found.attribute),
            newest.and_then(|run| series.execution_id(state, run)),
        )
    });
    Explained {
        runs: series.len(),
        from,
        to,
        attributes: named.collect(),
    }
}

fn describe(
    state: &State,
    found: &Explanation,
    own: Option<&OwnColumn>,
    execution_id: Option<Box<str>>,
) -> Attribute {
    let attribute = match own {
        Some(own) => own.attribute(state).into(),
        None => Cow::Borrowed(ATTRIBUTES.get(found.attribute).copied().unwrap_or("")),
    };
    let (value, low, high) = match found.slow.shared {
        // Label 0 is "unknown", for a configuration that none was given.
        Trait::Category(0) if attribute == "configurationHash" => (Some("none".into()), None, None),
        Trait::Category(category) if own.is_some() => {
            (own.and_then(|own| own.text(category)), None, None)
        }
        Trait::Category(label) => (state.label(label).map(Into::into), None, None),
        Trait::RareCategories => (None, None, None),
        Trait::Range { low, high } => (None, Some(low), Some(high)),
    };
    Attribute {
        attribute,
        runs: found.runs,
        effect: found.effect,
        p_value: found.p_value,
        significant: found.is_significant(),
        slow: Slow {
            value,
            low,
            high,
            runs: found.slow.runs,
            median: found.slow.median_ms,
            others_median: found.slow.others_ms,
            share_of_slowest: found.slow.share_of_slowest,
            execution_id,
        },
    }
}
