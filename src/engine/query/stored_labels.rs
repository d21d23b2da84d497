//! Custom labels in an exported history, and on the two sides of a comparison.

use super::custom_labels::given;
use super::texts::Texts;
use crate::engine::history::LabelValue;
use crate::engine::json::{object, Written};
use crate::engine::recorder::State;
use crate::engine::series::Series;
use crate::engine::stats::order::sort_by;
use serde_json::{Map, Value};

/// A list of values for each label, one per run: truth values, numbers and texts, `null` where a run
/// has none.
pub type ExportedLabels = Map<String, Value>;

/// The labels that apply to `runs`. Returns at once if no caller gives labels.
pub(super) fn exported(state: &State, series: &Series, runs: &[usize]) -> ExportedLabels {
    let value = |value| match value {
        None => Value::Null,
        Some(LabelValue::Truth(truth)) => truth.into(),
        Some(LabelValue::Number(number)) => number.into(),
        Some(LabelValue::Text(text)) => state.label(text).unwrap_or_default().into(),
    };
    let mut labels = ExportedLabels::new();
    for (name, values) in given(state, series, runs) {
        let values = values.into_iter().map(value).collect();
        let name = state.label(name).unwrap_or_default();
        labels.insert(name.into(), Value::Array(values));
    }
    labels
}

/// Most values listed for one side.
const MOST_VALUES: usize = 5;

/// Every label that either side has, by name, given those of each process.
pub(super) fn compared(before: &[&ExportedLabels], after: &[&ExportedLabels]) -> Vec<Written> {
    let all = before.iter().chain(after);
    let mut names: Vec<&String> = all.flat_map(|labels| labels.keys()).collect();
    sort_by(&mut names, Ord::cmp);
    names.dedup();
    let labels = names.into_iter().map(|name| {
        object(&[
            ("label", name),
            ("before", &values_of(before, name)),
            ("after", &values_of(after, name)),
        ])
    });
    labels.collect()
}

/// A key that is equal for equal values only; `None` for what is no value.
fn key_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(truth) => format!("t{truth}"),
        // Adding 0 makes both zeros equal.
        Value::Number(number) => format!("n{}", (number.as_f64()? + 0.0).to_bits()),
        Value::String(text) => format!("\"{text}"),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}

/// How many runs have a label, with how many different values, the most frequent first.
fn values_of(processes: &[&ExportedLabels], name: &str) -> Written {
    let values = processes
        .iter()
        .filter_map(|labels| labels.get(name)?.as_array());
    let mut keys = Texts::default();
    let mut counted: Vec<(&Value, usize)> = Vec::new();
    for value in values.flatten() {
        let Some(key) = key_of(value) else { continue };
        let place = keys.place(&key);
        if place == counted.len() {
            counted.push((value, 0));
        }
        counted[place].1 += 1;
    }
    let runs: usize = counted.iter().map(|(_, runs)| runs).sum();
    sort_by(&mut counted, |a, b| b.1.cmp(&a.1));
    let most = counted.iter().take(MOST_VALUES);
    let values = most.map(|(value, runs)| object(&[("value", value), ("runs", runs)]));
    object(&[
        ("runs", &runs),
        ("distinct", &counted.len()),
        ("values", &values.collect::<Vec<_>>()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::json::text_of;
    use serde_json::json;

    fn labels(of: Value) -> ExportedLabels {
        serde_json::from_value(of).unwrap()
    }

    #[test]
    fn the_most_frequent_values_of_each_side_are_listed_those_met_first_before_others() {
        let before = labels(json!({
            "b": ["x", "y", null, "y", 1, true, "true", 1.0, 0, -0.0, "z"],
        }));
        let after = labels(json!({ "a": [false, null] }));
        assert_eq!(
            serde_json::from_str::<Value>(&text_of(&compared(&[&before], &[&after]))).unwrap(),
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
