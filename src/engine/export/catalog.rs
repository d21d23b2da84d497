//! Every exposed metric, with its names in Prometheus and in OpenTelemetry.

use super::exposed::{Exposed, Part, StageFigures};

/// The name of one metric in Prometheus, without suffixes, and in OpenTelemetry; empty if that has
/// none.
type Names = [&'static str; 2];

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A sum that only grows.
    Counter,
    /// A current sum.
    UpDown,
    /// Another current value.
    Gauge,
    /// Durations.
    Histogram,
}

/// Labels of a value, in the order in which they are written.
pub(super) type Labels<'a> = Vec<(Names, &'a str)>;

/// A value of a metric.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Number(f64),
    Durations(&'a StageFigures),
}

/// A metric with all its values.
pub(super) struct Metric<'a> {
    pub names: Names,
    pub kind: Kind,
    pub help: &'static str,
    /// By OpenTelemetry.
    pub unit: &'static str,
    pub values: Vec<(Labels<'a>, Value<'a>)>,
}

/// A counter of stages or of executions.
type Counter = (Names, &'static str, &'static str, fn(&StageFigures) -> f64);

const EXECUTIONS: [Counter; 4] = [
    (
        ["pipeline_executions", ""],
        "Executions completed.",
        "",
        |of| of.count() as f64,
    ),
    (
        ["pipeline_execution_failures", "pipeline.execution.failures"],
        "Executions completed without success.",
        "{execution}",
        |of| of.failures as f64,
    ),
    (
        ["pipeline_execution_errors", "pipeline.execution.errors"],
        "Errors of executions.",
        "{error}",
        |of| of.errors,
    ),
    (
        ["pipeline_execution_items", "pipeline.execution.items"],
        "Items of executions.",
        "{item}",
        |of| of.items,
    ),
];

const STAGES: [Counter; 3] = [
    (
        ["pipeline_stage_failures", "pipeline.stage.failures"],
        "Stages completed without success.",
        "{stage}",
        |of| of.failures as f64,
    ),
    (
        ["pipeline_stage_errors", "pipeline.stage.errors"],
        "Errors that stages reported.",
        "{error}",
        |of| of.errors,
    ),
    (
        ["pipeline_stage_items", "pipeline.stage.items"],
        "Items that stages processed.",
        "{item}",
        |of| of.items,
    ),
];

/// Durations of each, and its counters.
fn of_each<'a>(
    names: Names,
    help: &'static str,
    counters: &[Counter],
    each: &[(Labels<'a>, &'a StageFigures)],
) -> Vec<Metric<'a>> {
    let values_of = |value: &dyn Fn(&'a StageFigures) -> Value<'a>| {
        let values = each.iter().map(|(labels, of)| (labels.clone(), value(of)));
        values.collect()
    };
    let counters = counters.iter().map(|&(names, help, unit, count)| Metric {
        names,
        kind: Kind::Counter,
        help,
        unit,
        values: values_of(&|of| Value::Number(count(of))),
    });
    let durations = Metric {
        names,
        kind: Kind::Histogram,
        help,
        unit: "s",
        values: values_of(&Value::Durations),
    };
    std::iter::once(durations).chain(counters).collect()
}

fn of_stages(stages: &[StageFigures]) -> Vec<Metric<'_>> {
    let each = stages
        .iter()
        .map(|of| (vec![(["stage", "pipeline.stage.name"], &*of.name)], of));
    of_each(
        ["pipeline_stage_duration_seconds", "pipeline.stage.duration"],
        "How long stages took.",
        &STAGES,
        &each.collect::<Vec<_>>(),
    )
}

/// All exposed metrics, in the order of writing.
pub(super) fn metrics(exposed: &Exposed) -> Vec<Metric<'_>> {
    let number = |value: f64| vec![(Vec::new(), Value::Number(value))];
    let mut all = of_each(
        [
            "pipeline_execution_duration_seconds",
            "pipeline.execution.duration",
        ],
        "How long executions took.",
        &EXECUTIONS,
        &[(Vec::new(), &exposed.executions)],
    );
    all.push(Metric {
        names: ["pipeline_active_executions", "pipeline.execution.active"],
        kind: Kind::UpDown,
        help: "Executions that run.",
        unit: "{execution}",
        values: number(exposed.active as f64),
    });
    all.extend(of_stages(&exposed.stages));
    let alerts = exposed.alerts.iter().map(|&(kind, severity, count)| {
        let kind = (["type", "pipeline.alert.type"], kind);
        let severity = (["severity", "pipeline.alert.severity"], severity);
        (vec![kind, severity], Value::Number(count as f64))
    });
    let diagnostics = exposed.diagnostics.iter().map(|(kind, count)| {
        let kind = (["kind", "pipeline.diagnostic.kind"], &**kind);
        (vec![kind], Value::Number(*count))
    });
    all.extend([
        Metric {
            names: ["pipeline_alerts", "pipeline.alerts"],
            kind: Kind::Counter,
            help: "Alerts raised.",
            unit: "{alert}",
            values: alerts.collect(),
        },
        Metric {
            names: [
                "pipeline_metrics_diagnostics",
                "pipeline.metrics.diagnostics",
            ],
            kind: Kind::Counter,
            help: "What went wrong quietly in measuring, by kind.",
            unit: "{event}",
            values: diagnostics.collect(),
        },
        Metric {
            names: [
                "pipeline_metrics_overhead_ratio",
                "pipeline.metrics.overhead",
            ],
            kind: Kind::Gauge,
            help: "What measuring costs, as a share of the time observed.",
            unit: "1",
            values: number(exposed.overhead_ratio),
        },
    ]);
    all
}

/// The metrics of a part, which other parts may continue.
pub(super) fn metrics_of(part: &Part) -> Vec<Metric<'_>> {
    match part {
        Part::Whole(exposed) => metrics(exposed),
        Part::Stages(stages) => of_stages(stages),
    }
}
