//! Custom labels in a history as text, and as two sides of a comparison have them.

use super::custom_labels::given;
use super::texts::Texts;
use crate::engine::history::LabelValue;
use crate::engine::recorder::State;
use crate::engine::series::Series;
use crate::engine::stats::order::sort_by;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Values of each label, one a run, `None` where a run has none.
pub type ExportedLabels = BTreeMap<Box<str>, Vec<Option<ExportedValue>>>;

/// The value of a label as text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ExportedValue {
    /// A truth value.
    Truth(bool),
    /// A finite number.
    Number(f64),
    /// A text.
    Text(Box<str>),
}

/// Written out, since a derived one holds each value as one of every kind first.
impl<'de> Deserialize<'de> for ExportedValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Kinds;
        impl Visitor<'_> for Kinds {
            type Value = ExportedValue;

            fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
                to.write_str("a truth value, a number or a text")
            }

            fn visit_bool<E>(self, truth: bool) -> Result<ExportedValue, E> {
                Ok(ExportedValue::Truth(truth))
            }

            fn visit_f64<E>(self, number: f64) -> Result<ExportedValue, E> {
                Ok(ExportedValue::Number(number))
            }

            fn visit_i64<E>(self, number: i64) -> Result<ExportedValue, E> {
                Ok(ExportedValue::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> Result<ExportedValue, E> {
                Ok(ExportedValue::Number(number as f64))
            }

            fn visit_str<E>(self, text: &str) -> Result<ExportedValue, E> {
                Ok(ExportedValue::Text(text.into()))
            }
        }
        from.deserialize_any(Kinds)
    }
}

/// The labels that count for `runs`; none, at once, where no caller gives labels.
pub(super) fn exported(state: &State, series: &Series, runs: &[usize]) -> ExportedLabels {
    let value = |value| match value {
        LabelValue::Truth(truth) => ExportedValue::Truth(truth),
        LabelValue::Number(number) => ExportedValue::Number(number),
        LabelValue::Text(text) => ExportedValue::Text(state.label(text).unwrap_or_default().into()),
    };
    let mut labels = ExportedLabels::new();
    for (name, values) in given(state, series, runs) {
        let values = values.into_iter().map(|given| given.map(value));
        let name = state.label(name).unwrap_or_default();
        labels.insert(name.into(), values.collect());
    }
    labels
}

/// A label that runs of either side have.
#[derive(Debug, Serialize)]
pub(super) struct ComparedLabel {
    label: Box<str>,
    before: LabelledRuns,
    after: LabelledRuns,
}

/// Which values runs have of a label.
#[derive(Debug, Serialize)]
struct LabelledRuns {
    /// Runs that have any.
    runs: usize,
    /// How many different values they have.
    distinct: usize,
    /// The most frequent first.
    values: Vec<ValueRuns>,
}

#[derive(Debug, Serialize)]
struct ValueRuns {
    value: ExportedValue,
    runs: usize,
}

/// Values listed for one side.
const MOST_VALUES: usize = 5;

/// Every label that either side has, by name, given those of each process.
pub(super) fn compared(
    before: &[&ExportedLabels],
    after: &[&ExportedLabels],
) -> Vec<ComparedLabel> {
    let all = before.iter().chain(after);
    let mut names: Vec<&Box<str>> = all.flat_map(|labels| labels.keys()).collect();
    sort_by(&mut names, Ord::cmp);
    names.dedup();
    let labels = names.into_iter().map(|name| ComparedLabel {
        label: name.clone(),
        before: LabelledRuns::of(before, name),
        after: LabelledRuns::of(after, name),
    });
    labels.collect()
}

/// What is the same of values that are, and of no others.
fn key_of(value: &ExportedValue) -> String {
    match value {
        ExportedValue::Truth(truth) => format!("t{truth}"),
        // Adding makes one zero of both.
        ExportedValue::Number(number) => format!("n{}", (number + 0.0).to_bits()),
        ExportedValue::Text(text) => format!("\"{text}"),
    }
}

impl LabelledRuns {
    fn of(processes: &[&ExportedLabels], name: &str) -> Self {
        let values = processes.iter().filter_map(|labels| labels.get(name));
        let mut keys = Texts::default();
        let mut counted: Vec<(&ExportedValue, usize)> = Vec::new();
        for value in values.flatten().flatten() {
            let place = keys.place(&key_of(value));
            if place == counted.len() {
                counted.push((value, 0));
            }
            counted[place].1 += 1;
        }
        let (runs, distinct) = (counted.iter().map(|(_, runs)| runs).sum(), counted.len());
        sort_by(&mut counted, |a, b| b.1.cmp(&a.1));
        let most = counted.into_iter().take(MOST_VALUES);
        let values = most.map(|(value, runs)| ValueRuns {
            value: value.clone(),
            runs,
        });
        Self {
            runs,
            distinct,
            values: values.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(of: serde_json::Value) -> ExportedLabels {
        serde_json::from_value(of).unwrap()
    }

    #[test]
    fn the_most_frequent_values_of_each_side_are_listed_those_met_first_before_others() {
        let before = labels(json!({
            "b": ["x", "y", null, "y", 1, true, "true", 1.0, 0, -0.0, "z"],
        }));
        let after = labels(json!({ "a": [false, null] }));
        assert_eq!(
            serde_json::to_value(compared(&[&before], &[&after])).unwrap(),
            json!([
                {
                    "label": "a",
                    "before": { "runs": 0, "distinct": 0, "values": [] },
                    "after": { "runs": 1, "distinct": 1, "values": [{ "value": false, "runs": 1 }] },
                },
                {
                    "label": "b",
                    "before": {
                        "runs": 10,
                        "distinct": 7,
                        "values": [
                            { "value": "y", "runs": 2 },
                            { "value": 1.0, "runs": 2 },
                            { "value": 0.0, "runs": 2 },
                            { "value": "x", "runs": 1 },
                            { "value": true, "runs": 1 },
                        ],
                    },
                    "after": { "runs": 0, "distinct": 0, "values": [] },
                },
            ])
        );
    }
}
