//! The text formats that Prometheus scrapes: `OpenMetrics` 1.0, and 0.0.4 for what reads no other.

use std::fmt::{Display, Write};

/// Upper bounds of the buckets in seconds, ascending; one without a bound follows.
pub const BOUNDS_S: [f64; 16] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];
/// Buckets of a histogram.
pub const BUCKETS: usize = BOUNDS_S.len() + 1;

/// Characters that names and values of an exemplar's labels may have together.
const EXEMPLAR_CHARS: usize = 128;
const EXECUTION_ID: &str = "execution_id";
/// Characters of a stage's name beyond which it is shortened.
const NAME_CHARS: usize = 256;

/// The text format to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
    /// `text/plain; version=0.0.4`.
    Prometheus,
}

/// A run that fell into a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// Its execution.
    pub execution_id: Box<str>,
    /// How long it took.
    pub duration_s: f64,
    /// When it completed, seconds since 1970 UTC.
    pub at_s: f64,
}

/// What is exposed of a stage, or of whole executions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageFigures {
    /// The name of the stage.
    pub name: Box<str>,
    /// Completions by bucket, each counted in one.
    pub buckets: [u64; BUCKETS],
    /// For each bucket a run that fell into it, where one is known.
    pub exemplars: [Option<Exemplar>; BUCKETS],
    /// Sum of their durations.
    pub sum_s: f64,
    /// Those that did not succeed.
    pub failures: u64,
    /// Errors reported.
    pub errors: f64,
    /// Items processed.
    pub items: f64,
}

impl StageFigures {
    fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// All that is exposed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposed {
    /// Whole executions.
    pub executions: StageFigures,
    /// Every stage that completed.
    pub stages: Vec<StageFigures>,
    /// Alerts raised by type and severity.
    pub alerts: Vec<(&'static str, &'static str, u64)>,
    /// Executions that run.
    pub active: usize,
    /// What went wrong quietly, by its name.
    pub diagnostics: Vec<(Box<str>, f64)>,
    /// Cost of measuring over the time observed.
    pub overhead_ratio: f64,
}

/// Writes families of metrics, one after the other. Writing to a string does not fail.
struct Text {
    text: String,
    format: Format,
}

impl Text {
    fn family(&mut self, name: &str, kind: &str, unit: &str, help: &str) {
        let suffix = if kind == "counter" && self.format == Format::Prometheus {
            "_total"
        } else {
            ""
        };
        let _ = writeln!(self.text, "# TYPE {name}{suffix} {kind}");
        if !unit.is_empty() && self.format == Format::OpenMetrics {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.text, "# HELP {name}{suffix} {help}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.open(name, labels, value);
        self.text.push('\n');
    }

    fn open(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.text.push_str(name);
        for (place, (label, of)) in labels.iter().enumerate() {
            self.text.push(if place == 0 { '{' } else { ',' });
            self.label(label, of);
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = write!(self.text, " {value}");
    }

    fn label(&mut self, label: &str, of: &str) {
        self.text.push_str(label);
        self.text.push_str("=\"");
        for char in of.chars() {
            match char {
                '\\' => self.text.push_str("\\\\"),
                '"' => self.text.push_str("\\\""),
                '\n' => self.text.push_str("\\n"),
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }

    fn exemplar(&mut self, exemplar: &Exemplar) {
        let chars = EXECUTION_ID.len() + exemplar.execution_id.chars().count();
        if self.format == Format::Prometheus || chars > EXEMPLAR_CHARS {
            return;
        }
        self.text.push_str(" # {");
        self.label(EXECUTION_ID, &exemplar.execution_id);
        let _ = write!(self.text, "}} {} {}", exemplar.duration_s, exemplar.at_s);
    }

    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], of: &StageFigures) {
        let bucket = format!("{name}_bucket");
        let mut up_to = 0;
        for (place, (count, exemplar)) in of.buckets.iter().zip(&of.exemplars).enumerate() {
            up_to += count;
            let bound = BOUNDS_S.get(place);
            let bound = bound.map_or_else(|| "+Inf".into(), |bound| format!("{bound:?}"));
            let mut with_bound = labels.to_vec();
            with_bound.push(("le", &bound));
            self.open(&bucket, &with_bound, up_to);
            // A run close to a bound may count in the bucket beside its own.
            if let (Some(exemplar), true) = (exemplar, *count > 0) {
                self.exemplar(exemplar);
            }
            self.text.push('\n');
        }
        self.sample(&format!("{name}_sum"), labels, of.sum_s);
        self.sample(&format!("{name}_count"), labels, up_to);
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "counter", "", help);
        self.sample(&format!("{name}_total"), &[], value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", "", help);
        self.sample(name, &[], value);
    }
}

/// The text of a scrape.
///
/// Cost: some 3 kB a stage.
pub fn render(exposed: &Exposed, format: Format) -> String {
    let mut to = Text {
        text: String::new(),
        format,
    };
    executions(&mut to, exposed);
    stages(&mut to, &exposed.stages);
    to.family("pipeline_alerts", "counter", "", "Alerts raised.");
    for &(kind, severity, count) in &exposed.alerts {
        let labels = [("type", kind), ("severity", severity)];
        to.sample("pipeline_alerts_total", &labels, count);
    }
    let help = "What went wrong quietly in measuring, by kind.";
    to.family("pipeline_metrics_diagnostics", "counter", "", help);
    for (kind, count) in &exposed.diagnostics {
        to.sample(
            "pipeline_metrics_diagnostics_total",
            &[("kind", kind)],
            count,
        );
    }
    let help = "What measuring costs, as a share of the time observed.";
    to.gauge(
        "pipeline_metrics_overhead_ratio",
        help,
        exposed.overhead_ratio,
    );
    if format == Format::OpenMetrics {
        to.text.push_str("# EOF\n");
    }
    to.text
}

fn executions(to: &mut Text, exposed: &Exposed) {
    let of = &exposed.executions;
    let name = "pipeline_execution_duration_seconds";
    to.family(name, "histogram", "seconds", "How long executions took.");
    to.histogram(name, &[], of);
    to.counter("pipeline_executions", "Executions completed.", of.count());
    let help = "Executions completed without success.";
    to.counter("pipeline_execution_failures", help, of.failures);
    to.counter(
        "pipeline_execution_errors",
        "Errors of executions.",
        of.errors,
    );
    to.counter("pipeline_execution_items", "Items of executions.", of.items);
    to.gauge(
        "pipeline_active_executions",
        "Executions that run.",
        exposed.active,
    );
}

/// Name, help and value of a counter.
type Counter = (&'static str, &'static str, fn(&StageFigures) -> f64);

fn stages(to: &mut Text, stages: &[StageFigures]) {
    let labels: Vec<String> = names(stages);
    let name = "pipeline_stage_duration_seconds";
    to.family(name, "histogram", "seconds", "How long stages took.");
    for (of, label) in stages.iter().zip(&labels) {
        to.histogram(name, &[("stage", label)], of);
    }
    let counters: [Counter; 3] = [
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
    for (name, help, value) in counters {
        to.family(name, "counter", "", help);
        for (of, label) in stages.iter().zip(&labels) {
            to.sample(&format!("{name}_total"), &[("stage", label)], value(of));
        }
    }
}

/// The label of each stage: its name, shortened where it is very long, and unlike that of any
/// stage before it.
fn names(stages: &[StageFigures]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let label = |(place, stage): (usize, &StageFigures)| {
        let mut label: String = stage.name.chars().take(NAME_CHARS).collect();
        if label.len() < stage.name.len() {
            let _ = write!(label, "…{:016x}", fingerprint(&stage.name));
        }
        while !seen.insert(label.clone()) {
            let _ = write!(label, " ({place})");
        }
        label
    };
    stages.iter().enumerate().map(label).collect()
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
        let mut of = StageFigures {
            name: name.into(),
            ..StageFigures::default()
        };
        of.buckets[5] = 2;
        of
    }

    fn text_of(stages: Vec<StageFigures>, format: Format) -> String {
        let exposed = Exposed {
            stages,
            ..Exposed::default()
        };
        render(&exposed, format)
    }

    #[test]
    fn the_fallback_has_no_unit_no_exemplar_and_no_end() {
        let mut of = stage("a");
        of.exemplars[5] = Some(Exemplar {
            execution_id: "x".into(),
            duration_s: 0.004,
            at_s: 1.0,
        });
        let rich = text_of(vec![of.clone()], Format::OpenMetrics);
        assert!(rich.contains("# {execution_id=\"x\"} 0.004 1\n"));
        assert!(rich.contains("# TYPE pipeline_executions counter\n"));
        let plain = text_of(vec![of], Format::Prometheus);
        assert!(!plain.contains("execution_id") && !plain.contains("# UNIT"));
        assert!(!plain.contains("# EOF"));
        assert!(plain.contains("# TYPE pipeline_executions_total counter\n"));
    }

    #[test]
    fn an_exemplar_needs_a_run_counted_in_its_bucket_and_a_short_id() {
        let exemplar = |id: &str| Exemplar {
            execution_id: id.into(),
            duration_s: 0.004,
            at_s: 1.0,
        };
        let mut of = stage("a");
        of.exemplars[5] = Some(exemplar(&"é".repeat(117)));
        of.exemplars[6] = Some(exemplar("elsewhere"));
        let text = text_of(vec![of.clone()], Format::OpenMetrics);
        assert!(!text.contains("execution_id"));
        of.exemplars[5] = Some(exemplar(&"é".repeat(116)));
        assert!(text_of(vec![of], Format::OpenMetrics).contains("execution_id"));
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

    #[test]
    fn a_name_cannot_end_its_line_or_its_quotes() {
        let text = text_of(vec![stage("a\"} 1\n# EOF\\")], Format::OpenMetrics);
        assert!(text.contains("{stage=\"a\\\"} 1\\n# EOF\\\\\",le=\"0.005\"} 2\n"));
        assert_eq!(text.matches("\n# EOF").count(), 1);
    }
}
