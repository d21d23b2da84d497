//! What is measured as a request of OTLP for metrics. All sums are cumulative.

use super::exponential::Exponential;
use super::ids::Ids;
use super::parents::Parents;
use super::values::{request, unix_nanos, Attribute, Attributes};
use crate::engine::export::exposed::{short, Exemplar, Exposed, Part, StageFigures, BOUNDS_S};
use crate::engine::json::{list, object, Field, IfAny, Json, Object, Written};

const CUMULATIVE: u8 = 2;
const EXECUTION_ID: &str = "pipeline.execution.id";
const STAGE: &str = "pipeline.stage.name";
const MS_A_SECOND: f64 = 1e3;

/// Wall clocks in ms since 1970 UTC.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// From when on what is counted was counted.
    pub start_ms: f64,
    /// Now.
    pub now_ms: f64,
}

/// Which histograms durations become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Histograms {
    /// With the bounds that Prometheus gets.
    Explicit,
    /// With buckets of a fixed ratio, from 2.2 %.
    Exponential,
}

/// What a request for metrics has.
#[derive(Clone, Copy, Debug)]
pub struct MetricsOptions<'a> {
    /// Of durations.
    pub histograms: Histograms,
    /// Whether runs are named.
    pub exemplars: bool,
    /// What ids of traces are made with, where traces of the same executions are sent.
    pub ids: Option<(Ids, &'a Parents)>,
}

/// Name, description and unit.
type Named = (&'static str, &'static str, &'static str);

/// A metric of some points, which are under the name of their kind.
struct Metric {
    named: Named,
    kind: &'static str,
    is_monotonic: Option<bool>,
    points: Vec<Written>,
}

impl Json for Metric {
    fn write(&self, to: &mut Written) {
        let (name, description, unit) = self.named;
        let temporality = (self.kind != "gauge").then_some(CUMULATIVE);
        let data: [Field<'_>; 3] = [
            ("aggregationTemporality", &IfAny(temporality)),
            ("isMonotonic", &IfAny(self.is_monotonic)),
            ("dataPoints", &self.points),
        ];
        to.object(&[
            ("name", &name),
            ("description", &description),
            ("unit", &unit),
            (self.kind, &Object(&data)),
        ]);
    }
}

fn sum(named: Named, points: Vec<Written>) -> Metric {
    Metric {
        named,
        kind: "sum",
        is_monotonic: Some(true),
        points,
    }
}

/// Makes metrics of one moment. What is the same in many points is written once.
struct Maker<'o> {
    start: u64,
    now: u64,
    /// Both as an object of texts.
    times: Written,
    bounds: Written,
    options: MetricsOptions<'o>,
}

impl<'o> Maker<'o> {
    fn of(times: Times, options: MetricsOptions<'o>) -> Self {
        let start = unix_nanos(times.start_ms.min(times.now_ms));
        let now = unix_nanos(times.now_ms);
        Self {
            start,
            now,
            times: object(&[
                ("startTimeUnixNano", &start.to_string()),
                ("timeUnixNano", &now.to_string()),
            ]),
            bounds: list(&BOUNDS_S.each_ref().map(|bound| bound as &dyn Json)),
            options,
        }
    }

    /// What every point but that of an exponential histogram begins with.
    fn begun(&self, attributes: &[Attribute<'_>]) -> Written {
        object(&[("attributes", &attributes)]).and(&self.times)
    }

    fn point(&self, attributes: &[Attribute<'_>], value: f64) -> Written {
        self.begun(attributes).and(&object(&[("asDouble", &value)]))
    }

    /// Times are numbers in an exponential histogram and in exemplars: the decoders of the
    /// module's note lose the whole histogram where they are strings.
    fn histogram(&self, attributes: &[Attribute<'_>], of: &StageFigures) -> Written {
        let range = of.range.unwrap_or_default();
        let (min, max) = (range.0 / MS_A_SECOND, range.1 / MS_A_SECOND);
        let (count, sum): (Field<'_>, Field<'_>) = (("count", &of.count()), ("sum", &of.sum_s));
        let (min, max): (Field<'_>, Field<'_>) = (("min", &min), ("max", &max));
        let exemplars: Field<'_> = ("exemplars", &Exemplars(self, of));
        if self.options.histograms == Histograms::Explicit {
            return self.begun(attributes).and(&object(&[
                count,
                sum,
                min,
                max,
                ("bucketCounts", &of.buckets),
                ("explicitBounds", &self.bounds),
                exemplars,
            ]));
        }
        let buckets = Exponential::of(&of.durations, range);
        let side =
            |offset: i32, counts: &[u64]| object(&[("offset", &offset), ("bucketCounts", &counts)]);
        object(&[
            ("attributes", &attributes),
            ("startTimeUnixNano", &self.start),
            ("timeUnixNano", &self.now),
            count,
            sum,
            ("scale", &buckets.scale),
            ("zeroCount", &buckets.zeros),
            ("positive", &side(buckets.offset, &buckets.counts)),
            ("negative", &side(0, &[])),
            ("flags", &0_u32),
            exemplars,
            min,
            max,
            ("zeroThreshold", &0.0),
        ])
    }

    /// Durations of several, each with its attributes.
    fn durations<'a>(
        &self,
        (name, description): (&'static str, &'static str),
        of: impl Iterator<Item = (Vec<Attribute<'a>>, &'a StageFigures)>,
    ) -> Metric {
        let of = of.filter(|(_, figures)| figures.count() > 0);
        let kind = match self.options.histograms {
            Histograms::Explicit => "histogram",
            Histograms::Exponential => "exponentialHistogram",
        };
        Metric {
            named: (name, description, "s"),
            kind,
            is_monotonic: None,
            points: of.map(|(labels, of)| self.histogram(&labels, of)).collect(),
        }
    }
}

/// Runs of buckets, written where they stand: there are thousands.
struct Exemplars<'a>(&'a Maker<'a>, &'a StageFigures);

impl Exemplars<'_> {
    /// The ids of the trace and of the span that an execution is sent as.
    fn ids_of(&self, exemplar: &Exemplar) -> Option<(String, String)> {
        let ((ids, parents), key) = (self.0.options.ids?, exemplar.key?);
        let parent = parents.of(&exemplar.execution_id);
        let trace = parent.map_or_else(|| ids.trace(key), |of| of.trace_id.clone().into());
        Some((trace, ids.span(key, None)))
    }
}

impl Json for Exemplars<'_> {
    fn write(&self, to: &mut Written) {
        let Self(maker, of) = self;
        let counted = of.exemplars.iter().zip(&of.buckets);
        let known = counted.filter(|(_, &count)| count > 0 && maker.options.exemplars);
        let mut before = "[";
        for exemplar in known.filter_map(|(exemplar, _)| exemplar.as_ref()) {
            let (trace_id, span_id) = self.ids_of(exemplar).unwrap_or_default();
            let id = Attribute::text(EXECUTION_ID, short(&exemplar.execution_id));
            to.push(std::mem::replace(&mut before, ","));
            to.object(&[
                ("filteredAttributes", &[id]),
                ("timeUnixNano", &unix_nanos(exemplar.at_s * MS_A_SECOND)),
                ("spanId", &span_id),
                ("traceId", &trace_id),
                ("asDouble", &exemplar.duration_s),
            ]);
        }
        to.push(if before == "[" { "[]" } else { "]" });
    }
}

type Figure = fn(&StageFigures) -> f64;

const EXECUTION_SUMS: [(Named, Figure); 3] = [
    (
        (
            "pipeline.execution.failures",
            "Executions completed without success.",
            "{execution}",
        ),
        |of| of.failures as f64,
    ),
    (
        (
            "pipeline.execution.errors",
            "Errors of executions.",
            "{error}",
        ),
        |of| of.errors,
    ),
    (
        ("pipeline.execution.items", "Items of executions.", "{item}"),
        |of| of.items,
    ),
];

const STAGE_SUMS: [(Named, Figure); 3] = [
    (
        (
            "pipeline.stage.failures",
            "Stages completed without success.",
            "{stage}",
        ),
        |of| of.failures as f64,
    ),
    (
        (
            "pipeline.stage.errors",
            "Errors that stages reported.",
            "{error}",
        ),
        |of| of.errors,
    ),
    (
        (
            "pipeline.stage.items",
            "Items that stages processed.",
            "{item}",
        ),
        |of| of.items,
    ),
];

/// The request, and how many data points it has.
///
/// Cost: some 2 kB a stage.
pub fn otlp_metrics(
    exposed: &Exposed,
    resource: &Attributes,
    times: Times,
    options: MetricsOptions<'_>,
) -> (String, usize) {
    let maker = Maker::of(times, options);
    request_of(resource, &metrics_of(exposed, &maker))
}

/// The same of a part, whose metrics those of other parts may go on.
pub fn otlp_metrics_of(
    part: &Part,
    resource: &Attributes,
    times: Times,
    options: MetricsOptions<'_>,
) -> String {
    let maker = Maker::of(times, options);
    let metrics = match part {
        Part::Whole(exposed) => metrics_of(exposed, &maker),
        Part::Stages(stages) => stage_metrics_of(stages, &maker),
    };
    request_of(resource, &metrics).0
}

/// The text of a request, and how many data points it has.
fn request_of(resource: &Attributes, metrics: &[Metric]) -> (String, usize) {
    let points = metrics.iter().map(|metric| metric.points.len()).sum();
    let with_points = metrics.iter().filter(|metric| !metric.points.is_empty());
    let names = ["resourceMetrics", "scopeMetrics", "metrics"];
    let text = request(resource, names, &with_points.collect::<Vec<_>>());
    (text, points)
}

fn metrics_of(exposed: &Exposed, maker: &Maker<'_>) -> Vec<Metric> {
    let whole = &exposed.executions;
    let durations = ("pipeline.execution.duration", "How long executions took.");
    let mut metrics = vec![maker.durations(durations, std::iter::once((Vec::new(), whole)))];
    for (named, figure) in EXECUTION_SUMS {
        metrics.push(sum(named, vec![maker.point(&[], figure(whole))]));
    }
    metrics.push(Metric {
        named: (
            "pipeline.execution.active",
            "Executions that run.",
            "{execution}",
        ),
        kind: "sum",
        is_monotonic: Some(false),
        points: vec![maker.point(&[], exposed.active as f64)],
    });
    metrics.extend(stage_metrics_of(&exposed.stages, maker));
    metrics.push(alerts(exposed, maker));
    metrics.push(diagnostics(exposed, maker));
    metrics.push(Metric {
        named: (
            "pipeline.metrics.overhead",
            "What measuring costs, as a share of the time observed.",
            "1",
        ),
        kind: "gauge",
        is_monotonic: None,
        points: vec![maker.point(&[], exposed.overhead_ratio)],
    });
    metrics
}

fn stage_metrics_of(stages: &[StageFigures], maker: &Maker<'_>) -> Vec<Metric> {
    let stages = || {
        let stages = stages.iter();
        stages.map(|of| (vec![Attribute::text(STAGE, &*of.name)], of))
    };
    let durations = ("pipeline.stage.duration", "How long stages took.");
    let durations = maker.durations(durations, stages());
    let sums = STAGE_SUMS.into_iter().map(|(named, figure)| {
        let points = stages().map(|(labels, of)| maker.point(&labels, figure(of)));
        sum(named, points.collect())
    });
    std::iter::once(durations).chain(sums).collect()
}

fn alerts(exposed: &Exposed, maker: &Maker<'_>) -> Metric {
    let points = exposed.alerts.iter().map(|&(kind, severity, count)| {
        let attributes = [
            Attribute::text("pipeline.alert.type", kind),
            Attribute::text("pipeline.alert.severity", severity),
        ];
        maker.point(&attributes, count as f64)
    });
    let named = ("pipeline.alerts", "Alerts raised.", "{alert}");
    sum(named, points.collect())
}

fn diagnostics(exposed: &Exposed, maker: &Maker<'_>) -> Metric {
    let points = exposed.diagnostics.iter().map(|(kind, count)| {
        let attribute = Attribute::text("pipeline.diagnostic.kind", &**kind);
        maker.point(&[attribute], *count)
    });
    let named = (
        "pipeline.metrics.diagnostics",
        "What went wrong quietly in measuring, by kind.",
        "{event}",
    );
    sum(named, points.collect())
}
