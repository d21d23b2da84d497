//! Finds what sets slow runs apart from the others.

use super::custom_labels::OwnColumn;
use super::paths::Executions;
use crate::engine::analysis::explanation::{
    examined_by_value, explain as ranked, Explanation, Trait, Values,
};
use crate::engine::analysis::findings::{Cause, SeriesFindings};
use crate::engine::history::{LabelId, SpanFigures, StageId};
use crate::engine::json::{object, Json, Written};
use crate::engine::recorder::State;
use crate::engine::series::Series;
use std::borrow::Cow;

/// Attributes of each run, beside the custom labels.
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

/// Places among [`ATTRIBUTES`] of those that measure the work.
const WORK: [usize; 3] = [0, 1, 2];

/// Attributes that can be changed without changing the work. Only the caller knows what a label
/// means.
const FIXABLE: [&str; 4] = ["environment", "configurationHash", "retries", "errors"];

/// One attribute, with the value that is associated with slowness.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    name: Cow<'static, str>,
    pub found: Explanation,
    text: Written,
}

impl Json for Attribute {
    fn write(&self, to: &mut Written) {
        self.text.write(to);
    }
}

impl Attribute {
    /// Whether it is significant: as the work, or beside it.
    pub fn is_sure(&self) -> bool {
        let is_work = WORK.iter().any(|&place| ATTRIBUTES[place] == self.name);
        self.found.is_significant() && (is_work || self.found.holds())
    }

    /// Whether it is worth a recommendation.
    pub fn is_fixable(&self) -> bool {
        self.found.holds() && FIXABLE.contains(&&*self.name)
    }

    /// Whether a run is like the slow ones; false for all if rare values are slow.
    pub fn is_of(&self, state: &State, series: &Series, run: usize) -> bool {
        let columns = Columns::of_one(state, series, run);
        self.is_in(&columns)
    }

    /// Of the first run in some columns.
    fn is_in(&self, columns: &Columns) -> bool {
        let found = &self.found;
        shares(&columns.built_in(), found.attribute, found.slow.shared, 0)
    }

    /// The share of a stage's time in which each execution ran like the slow ones, newest first.
    /// Rare values are determined over all runs together.
    pub fn parts(&self, state: &State, stage: StageId, executions: &Executions) -> Vec<f64> {
        let slow = &self.found.slow;
        if slow.shared == Trait::RareCategories {
            return vec![slow.runs as f64 / self.found.runs as f64; executions.len()];
        }
        executions.parts(state, stage, |execution, figures| {
            let mut columns = Columns::default();
            columns.push_stages(std::iter::once(figures));
            let environment = state.history.executions.environment(execution);
            columns.environment.push(environment);
            self.is_in(&columns)
        })
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
    fn of(state: &State, series: &Series, runs: &[usize]) -> Self {
        let mut columns = Self {
            own: OwnColumn::all(state, series, runs),
            ..Self::default()
        };
        for &run in runs {
            columns.push(state, series, run);
        }
        columns
    }

    /// The attributes of one run, without custom labels.
    fn of_one(state: &State, series: &Series, run: usize) -> Self {
        let mut columns = Self::default();
        columns.push(state, series, run);
        columns
    }

    fn push(&mut self, state: &State, series: &Series, run: usize) {
        match series.figures(state, run) {
            Some(figures) => self.push_stages(std::iter::once(figures)),
            None => self.push_stages(series.parts(state, run)),
        }
        let (input_size, items) = series.sizes(state, run);
        self.input_size.push(input_size);
        self.items.push(items);
        let execution = series.execution(state, run);
        self.action_count
            .push(execution.map_or(f64::NAN, |execution| execution.action_count));
        self.environment
            .push(execution.map_or(Values::MISSING, |execution| execution.environment));
    }

    /// Sums of counts; for labels the first one given.
    fn push_stages(&mut self, stages: impl Iterator<Item = SpanFigures>) {
        let (mut complexity, mut configuration) = (0, 0);
        let (mut retries, mut errors) = (0.0, 0.0);
        for stage in stages {
            complexity = first_given(complexity, stage.complexity);
            configuration = first_given(configuration, stage.configuration);
            retries += stage.retries;
            errors += stage.errors;
        }
        self.complexity.push(complexity);
        self.configuration.push(configuration);
        self.retries.push(retries);
        self.errors.push(errors);
    }

    /// In the order of [`ATTRIBUTES`], and then the custom labels.
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

    /// The custom label of an attribute, if it is one.
    fn own(&self, attribute: usize) -> Option<&OwnColumn> {
        self.own.get(attribute.checked_sub(ATTRIBUTES.len())?)
    }
}

/// Whether a run has the value that the slow ones share.
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

/// Label 0 means none.
fn first_given(known: LabelId, label: LabelId) -> LabelId {
    if known == 0 {
        label
    } else {
        known
    }
}

pub(super) fn explain(state: &State, series: &Series, found: &SeriesFindings) -> Written {
    let (from, to) = series.period(state);
    object(&[
        ("runs", &series.len()),
        ("from", &from),
        ("to", &to),
        ("attributes", &attributes(state, series, found)),
    ])
}

/// What sets slow runs apart, the greatest effect first.
pub(super) fn attributes(state: &State, series: &Series, found: &SeriesFindings) -> Vec<Attribute> {
    let causes = found.causes(|| causes(state, series));
    let named = causes.iter().map(|cause| {
        let newest = cause.newest;
        let id = newest.and_then(|run| series.id(state, run));
        describe(state, cause, id.as_deref())
    });
    named.collect()
}

/// Cost: reads the attributes of about a thousand runs, and the categories of all.
fn causes(state: &State, series: &Series) -> Vec<Cause> {
    let runs = examined_by_value(&series.runs.durations, || categories(state, series));
    let durations: Vec<f64> = runs.iter().map(|&run| series.runs.durations[run]).collect();
    let columns = Columns::of(state, series, &runs);
    let values = columns.values();
    let ranking = ranked(&durations, &values, &WORK).into_iter();
    let named = ranking.map(|found| {
        let shared = found.slow.shared;
        let own = columns.own(found.attribute);
        let has_it = |values: &[Values<'_>], run| shares(values, found.attribute, shared, run);
        let newest = if own.is_some() {
            // The numbers of a label's values are valid only for the runs examined.
            let place = (0..runs.len()).rev().find(|&run| has_it(&values, run));
            place.map(|place| runs[place])
        } else if shared == Trait::RareCategories {
            None
        } else {
            (0..series.len())
                .rev()
                .find(|&run| has_it(&Columns::of_one(state, series, run).built_in(), 0))
        };
        Cause {
            newest,
            own: own.map(|own| own.shared(state, shared)),
            found,
        }
    });
    named.collect()
}

/// The categories of all runs, one column for each attribute that has them.
fn categories(state: &State, series: &Series) -> Vec<Vec<u32>> {
    let runs = 0..series.len();
    let of_stage = |run| {
        let figures = series.figures(state, run);
        figures.map_or([Values::MISSING; 2], |of| [of.complexity, of.configuration])
    };
    let (complexity, configuration) = runs
        .clone()
        .map(|run| of_stage(run).into())
        .collect::<(Vec<u32>, Vec<u32>)>();
    let environment = runs.map(|run| {
        let execution = series.execution_ref(state, run);
        execution.map_or(Values::MISSING, |of| {
            state.history.executions.environment(of)
        })
    });
    let mut columns = vec![complexity, configuration, environment.collect()];
    columns.extend(OwnColumn::categories(state, series));
    columns
}

/// `effect` is the share of the variance of the durations' ranks that it explains, `pValue`
/// corrected for the number of attributes; `executionId` is that of the newest of the slow runs.
fn describe(state: &State, cause: &Cause, execution_id: Option<&str>) -> Attribute {
    let Cause { found, own, .. } = cause;
    let name = match own {
        Some(own) => own.attribute.clone().into(),
        None => Cow::Borrowed(ATTRIBUTES.get(found.attribute).copied().unwrap_or("")),
    };
    let slow = &found.slow;
    let (value, range) = match slow.shared {
        // Label 0 is "unknown": no configuration was given.
        Trait::Category(0) if name == "configurationHash" => (Some("none"), None),
        Trait::Category(_) if own.is_some() => {
            (own.as_ref().and_then(|own| own.value.as_deref()), None)
        }
        Trait::Category(label) => (state.label(label), None),
        Trait::RareCategories => (None, None),
        Trait::Range { low, high } => (None, Some((low, high))),
    };
    let slow = object(&[
        ("value", &value),
        ("low", &range.map(|(low, _)| low)),
        ("high", &range.map(|(_, high)| high)),
        ("runs", &slow.runs),
        ("median", &slow.median_ms),
        ("othersMedian", &slow.others_ms),
        ("shareOfSlowest", &slow.share_of_slowest),
        ("executionId", &execution_id),
    ]);
    let text = object(&[
        ("attribute", &name),
        ("runs", &found.runs),
        ("effect", &found.effect),
        ("pValue", &found.p_value),
        ("significant", &found.is_significant()),
        ("holds", &found.holds()),
        ("slow", &slow),
    ]);
    Attribute {
        name,
        found: *found,
        text,
    }
}
