//! The exposed figures as metric families by the rules of Prometheus, before they become text.

use super::catalog::{metrics, metrics_of, Kind, Metric, Value};
use super::exposed::{Exemplar, Exposed, Part, StageFigures, BUCKETS};
use crate::engine::json::{object, Field, IfAny, Json, Written};

/// The label of an exemplar that has the id of its execution.
pub const EXECUTION_ID: &str = "execution_id";
/// [`BOUNDS_S`] as text.
const BOUNDS: [&str; BUCKETS] = [
    "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
    "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf",
];

/// A metric with all its samples.
#[derive(Debug)]
pub struct Family<'a> {
    /// The name, without the suffixes of its samples.
    pub name: &'static str,
    /// The type, as in a `TYPE` line.
    pub kind: &'static str,
    /// The unit that its name ends in; empty for none.
    pub unit: &'static str,
    /// The help text.
    pub help: &'static str,
    /// In the order in which they are written.
    pub samples: Vec<Sample<'a>>,
}

/// The labels of a sample, in the order in which they are written.
pub type Labels<'a> = Vec<(&'static str, &'a str)>;

/// One number.
#[derive(Debug)]
pub struct Sample<'a> {
    /// The suffix after the family's name.
    pub suffix: &'static str,
    /// In the order in which they are written.
    pub labels: Labels<'a>,
    /// The number.
    pub value: f64,
    /// A run of this bucket.
    pub exemplar: Option<&'a Exemplar>,
}

impl Json for Family<'_> {
    fn write(&self, to: &mut Written) {
        to.object(&[
            ("name", &self.name),
            ("kind", &self.kind),
            ("unit", &self.unit),
            ("help", &self.help),
            ("samples", &self.samples),
        ]);
    }
}

impl Json for Sample<'_> {
    fn write(&self, to: &mut Written) {
        let labels = self.labels.iter();
        let labels: Vec<Field<'_>> = labels.map(|(name, of)| (*name, of as _)).collect();
        let exemplar = self.exemplar.map(|of| {
            object(&[
                ("executionId", &of.execution_id),
                ("durationS", &of.duration_s),
                ("atS", &of.at_s),
            ])
        });
        to.object(&[
            ("suffix", &self.suffix),
            ("labels", &object(&labels)),
            ("value", &self.value),
            ("exemplar", &IfAny(exemplar)),
        ]);
    }
}

impl<'a> Family<'a> {
    fn of(metric: Metric<'a>) -> Self {
        let [name, _] = metric.names;
        let kind = metric.kind;
        let mut family = Self {
            name,
            kind: match kind {
                Kind::Counter => "counter",
                Kind::UpDown | Kind::Gauge => "gauge",
                Kind::Histogram => "histogram",
            },
            unit: if kind == Kind::Histogram {
                "seconds"
            } else {
                ""
            },
            help: metric.help,
            samples: Vec::new(),
        };
        let suffix = if kind == Kind::Counter { "_total" } else { "" };
        for (labels, value) in metric.values {
            let labels = labels.into_iter().map(|([label, _], of)| (label, of));
            let labels: Labels<'a> = labels.collect();
            match value {
                Value::Number(number) => family.push(suffix, labels, number),
                Value::Durations(of) => family.push_durations(labels, of),
            }
        }
        family
    }

    fn push(&mut self, suffix: &'static str, labels: Labels<'a>, value: f64) {
        self.samples.push(Sample {
            suffix,
            labels,
            value,
            exemplar: None,
        });
    }

    /// The buckets, sum and count of a stage.
    fn push_durations(&mut self, labels: Labels<'a>, of: &'a StageFigures) {
        let mut up_to = 0;
        let buckets = BOUNDS.iter().zip(&of.buckets).zip(&of.exemplars);
        for ((bound, count), exemplar) in buckets {
            up_to += count;
            self.samples.push(Sample {
                suffix: "_bucket",
                labels: [&labels[..], &[("le", *bound)]].concat(),
                value: up_to as f64,
                // A run close to a bound may count in the neighbouring bucket.
                exemplar: exemplar.as_ref().filter(|_| *count > 0),
            });
        }
        self.push("_sum", labels.clone(), of.sum_s);
        self.push("_count", labels, up_to as f64);
    }
}

/// All families, in the order of writing.
pub fn families(exposed: &Exposed) -> Vec<Family<'_>> {
    metrics(exposed).into_iter().map(Family::of).collect()
}

/// The families of a part, which other parts may continue.
pub fn families_of(part: &Part) -> Vec<Family<'_>> {
    metrics_of(part).into_iter().map(Family::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::export::exposed::BOUNDS_S;

    #[test]
    fn bounds_are_written_as_they_are() {
        for (text, bound) in BOUNDS.iter().zip(BOUNDS_S) {
            assert_eq!(text, &format!("{bound:?}"));
        }
    }
}
