//! What is exposed as families of metrics by the rules of Prometheus, before it becomes text.

use super::exposed::{Exemplar, Exposed, StageFigures, BOUNDS_S};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt::Write;

/// The label of an exemplar that has the id of its execution.
pub const EXECUTION_ID: &str = "execution_id";
/// Characters of a stage's name beyond which it is shortened.
const NAME_CHARS: usize = 256;

/// What a family counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
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
#[derive(Debug, Serialize)]
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

/// The labels of a sample.
pub type Labels<'a> = Vec<(&'static str, Cow<'a, str>)>;

/// One number.
#[derive(Debug, Serialize)]
pub struct Sample<'a> {
    /// What follows the family's name.
    pub suffix: &'static str,
    /// In the order in which they are written.
    #[serde(serialize_with = "as_object")]
    pub labels: Labels<'a>,
    /// The number.
    pub value: f64,
    /// A run of this bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exemplar: Option<&'a Exemplar>,
}

fn as_object<S: Serializer>(labels: &Labels<'_>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(labels.iter().map(|(name, value)| (name, value)))
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
    fn with_durations(mut self, labels: &Labels<'a>, of: &'a StageFigures) -> Self {
        let mut up_to = 0;
        for (place, (count, exemplar)) in of.buckets.iter().zip(&of.exemplars).enumerate() {
            up_to += count;
            let bound = BOUNDS_S.get(place);
            let bound = bound.map_or_else(|| "+Inf".into(), |bound| format!("{bound:?}"));
            let mut with_bound = labels.clone();
            with_bound.push(("le", bound.into()));
            self.samples.push(Sample {
                suffix: "_bucket",
                labels: with_bound,
                value: up_to as f64,
                // A run close to a bound may count in the bucket beside its own.
                exemplar: exemplar.as_ref().filter(|_| *count > 0),
            });
        }
        self.push("_sum", labels.clone(), of.sum_s);
        self.push("_count", labels.clone(), up_to as f64);
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
        family.with(vec![("kind", Cow::Borrowed(&**kind))], *count)
    }));
    let help = "What measuring costs, as a share of the time observed.";
    let overhead = Family::new("pipeline_metrics_overhead_ratio", Kind::Gauge, help);
    all.push(overhead.with(Vec::new(), exposed.overhead_ratio));
    all
}

fn alerts(exposed: &Exposed) -> Family<'_> {
    let family = Family::new("pipeline_alerts", Kind::Counter, "Alerts raised.");
    let counts = exposed.alerts.iter();
    counts.fold(family, |family, &(kind, severity, count)| {
        let labels = vec![("type", kind.into()), ("severity", severity.into())];
        family.with(labels, count as f64)
    })
}

fn executions(exposed: &Exposed) -> Vec<Family<'_>> {
    let of = &exposed.executions;
    let counter = |name, help, value| Family::new(name, Kind::Counter, help).with(vec![], value);
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
        durations.with_durations(&Vec::new(), of),
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
    let names = names(stages);
    let labels = |place: usize| vec![("stage", names.get(place).cloned().unwrap_or_default())];
    let durations = Family::new(
        "pipeline_stage_duration_seconds",
        Kind::Histogram,
        "How long stages took.",
    );
    let each = || stages.iter().enumerate();
    let mut all = vec![each().fold(durations, |family, (place, of)| {
        family.with_durations(&labels(place), of)
    })];
    for (name, help, value) in STAGE_COUNTERS {
        let family = Family::new(name, Kind::Counter, help);
        all.push(each().fold(family, |family, (place, of)| {
            family.with(labels(place), value(of))
        }));
    }
    all
}

/// The label of each stage: its name, shortened where it is very long, and unlike that of any
/// stage before it.
pub fn names(stages: &[StageFigures]) -> Vec<Cow<'_, str>> {
    let mut seen = std::collections::HashSet::new();
    let label = |(place, stage): (usize, &'_ StageFigures)| {
        let mut label = short(&stage.name).into_owned();
        while !seen.insert(label.clone()) {
            let _ = write!(label, " ({place})");
        }
        Cow::Owned(label)
    };
    stages.iter().enumerate().map(label).collect()
}

/// A name as it is, or where it is very long its start and a fingerprint of the whole.
pub fn short(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(NAME_CHARS) {
        None => name.into(),
        Some((end, _)) => {
            let start = name.get(..end).unwrap_or_default();
            format!("{start}…{:016x}", fingerprint(name)).into()
        }
    }
}

/// The same for a name in every process: FNV-1a.
fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str) -> StageFigures {
        StageFigures {
            name: name.into(),
            ..StageFigures::default()
        }
    }

    #[test]
    fn no_two_stages_share_a_label_and_none_is_very_long() {
        let long = "x".repeat(100_000);
        let twins = [
            stage("�"),
            stage("�"),
            stage(&long),
            stage(&(long.clone() + "y")),
        ];
        let labels = names(&twins);
        let different: std::collections::HashSet<_> = labels.iter().collect();
        assert_eq!(different.len(), 4);
        assert!(labels.iter().all(|label| label.chars().count() < 300));
        assert_eq!(labels[2], names(&twins[2..])[0]);
    }
}
