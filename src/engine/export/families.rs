//! What is exposed as families of metrics by the rules of Prometheus, before it becomes text.

use super::exposed::{Exemplar, Exposed, Part, StageFigures, BUCKETS};
use crate::engine::json::{object, Field, IfAny, Json, Written};

/// The label of an exemplar that has the id of its execution.
pub const EXECUTION_ID: &str = "execution_id";
/// [`BOUNDS_S`] as text.
const BOUNDS: [&str; BUCKETS] = [
    "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
    "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf",
];

/// What a family counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A sum that only grows.
    Counter,
    /// A value at this moment.
    Gauge,
    /// Counts by upper bound.
    Histogram,
}

impl Kind {
    /// Its name in a `TYPE` line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric with all its samples.
#[derive(Debug)]
pub struct Family<'a> {
    /// Without the suffixes of its samples.
    pub name: &'static str,
    /// What it counts.
    pub kind: Kind,
    /// The unit that its name ends in; empty for none.
    pub unit: &'static str,
    /// What it says.
    pub help: &'static str,
    /// In the order in which they are written.
    pub samples: Vec<Sample<'a>>,
}

/// The labels of a sample, in the order in which they are written.
pub type Labels<'a> = Vec<(&'static str, &'a str)>;

/// One number.
#[derive(Debug)]
pub struct Sample<'a> {
    /// What follows the family's name.
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
            ("kind", &self.kind.name()),
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
    fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        let unit = match kind {
            Kind::Histogram => "seconds",
            Kind::Counter | Kind::Gauge => "",
        };
        Self {
            name,
            kind,
            unit,
            help,
            samples: Vec::new(),
        }
    }

    /// With one number more, a counter's under its suffix.
    fn with(mut self, labels: Labels<'a>, value: f64) -> Self {
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Gauge | Kind::Histogram => "",
        };
        self.push(suffix, labels, value);
        self
    }

    fn push(&mut self, suffix: &'static str, labels: Labels<'a>, value: f64) {
        self.samples.push(Sample {
            suffix,
            labels,
            value,
            exemplar: None,
        });
    }

    /// With the buckets, sum and count of a stage.
    fn with_durations(mut self, labels: Labels<'a>, of: &'a StageFigures) -> Self {
        let mut up_to = 0;
        let buckets = BOUNDS.iter().zip(&of.buckets).zip(&of.exemplars);
        for ((bound, count), exemplar) in buckets {
            up_to += count;
            self.samples.push(Sample {
                suffix: "_bucket",
                labels: [&labels[..], &[("le", *bound)]].concat(),
                value: up_to as f64,
                // A run close to a bound may count in the bucket beside its own.
                exemplar: exemplar.as_ref().filter(|_| *count > 0),
            });
        }
        self.push("_sum", labels.clone(), of.sum_s);
        self.push("_count", labels, up_to as f64);
        self
    }
}

/// All that is exposed, in the order in which it is written.
pub fn families(exposed: &Exposed) -> Vec<Family<'_>> {
    let mut all = executions(exposed);
    all.extend(stages(&exposed.stages));
    all.push(alerts(exposed));
    let help = "What went wrong quietly in measuring, by kind.";
    let diagnostics = Family::new("pipeline_metrics_diagnostics", Kind::Counter, help);
    let counts = exposed.diagnostics.iter();
    all.push(counts.fold(diagnostics, |family, (kind, count)| {
        family.with(vec![("kind", &**kind)], *count)
    }));
    let help = "What measuring costs, as a share of the time observed.";
    let overhead = Family::new("pipeline_metrics_overhead_ratio", Kind::Gauge, help);
    all.push(overhead.with(Vec::new(), exposed.overhead_ratio));
    all
}

/// The families of a part, which those of other parts may go on.
pub fn families_of(part: &Part) -> Vec<Family<'_>> {
    match part {
        Part::Whole(exposed) => families(exposed),
        Part::Stages(of) => stages(of),
    }
}

fn alerts(exposed: &Exposed) -> Family<'_> {
    let family = Family::new("pipeline_alerts", Kind::Counter, "Alerts raised.");
    let counts = exposed.alerts.iter();
    counts.fold(family, |family, &(kind, severity, count)| {
        let labels = vec![("type", kind), ("severity", severity)];
        family.with(labels, count as f64)
    })
}

fn executions(exposed: &Exposed) -> Vec<Family<'_>> {
    let of = &exposed.executions;
    let counter =
        |name, help, value| Family::new(name, Kind::Counter, help).with(Vec::new(), value);
    let durations = Family::new(
        "pipeline_execution_duration_seconds",
        Kind::Histogram,
        "How long executions took.",
    );
    let active = Family::new(
        "pipeline_active_executions",
        Kind::Gauge,
        "Executions that run.",
    );
    vec![
        durations.with_durations(Vec::new(), of),
        counter(
            "pipeline_executions",
            "Executions completed.",
            of.count() as f64,
        ),
        counter(
            "pipeline_execution_failures",
            "Executions completed without success.",
            of.failures as f64,
        ),
        counter(
            "pipeline_execution_errors",
            "Errors of executions.",
            of.errors,
        ),
        counter("pipeline_execution_items", "Items of executions.", of.items),
        active.with(Vec::new(), exposed.active as f64),
    ]
}

/// Name, help and value of a counter.
type Counter = (&'static str, &'static str, fn(&StageFigures) -> f64);

const STAGE_COUNTERS: [Counter; 3] = [
    (
        "pipeline_stage_failures",
        "Stages completed without success.",
        |of| of.failures as f64,
    ),
    (
        "pipeline_stage_errors",
        "Errors that stages reported.",
        |of| of.errors,
    ),
    (
        "pipeline_stage_items",
        "Items that stages processed.",
        |of| of.items,
    ),
];

fn stages(stages: &[StageFigures]) -> Vec<Family<'_>> {
    let durations = Family::new(
        "pipeline_stage_duration_seconds",
        Kind::Histogram,
        "How long stages took.",
    );
    let each = || stages.iter().map(|of| (vec![("stage", &*of.name)], of));
    let mut all = vec![each().fold(durations, |family, (labels, of)| {
        family.with_durations(labels, of)
    })];
    for (name, help, value) in STAGE_COUNTERS {
        let family = Family::new(name, Kind::Counter, help);
        all.push(each().fold(family, |family, (labels, of)| {
            family.with(labels, value(of))
        }));
    }
    all
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
