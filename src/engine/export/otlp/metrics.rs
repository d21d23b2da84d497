//! What is measured as a request of OTLP for metrics. All sums are cumulative.

use super::exponential::Exponential;
use super::ids::Ids;
use super::metrics_request::{
    Buckets, Data, ExemplarPoint, ExponentialPoint, HistogramPoint, Metric, NumberPoint, Request,
    ResourceMetrics, ScopeMetrics,
};
use super::parents::Parents;
use super::values::{unix_nanos, Attribute, Sender, SCOPE};
use crate::engine::export::exposed::{short, Exemplar, Exposed, Part, StageFigures, BOUNDS_S};

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

/// Makes metrics of one moment.
#[derive(Clone, Copy)]
struct Maker<'o> {
    start: u64,
    now: u64,
    options: MetricsOptions<'o>,
}

impl<'o> Maker<'o> {
    fn of(times: Times, options: MetricsOptions<'o>) -> Self {
        Self {
            start: unix_nanos(times.start_ms.min(times.now_ms)),
            now: unix_nanos(times.now_ms),
            options,
        }
    }

    fn point<'a>(&self, attributes: Vec<Attribute<'a>>, value: f64) -> NumberPoint<'a> {
        NumberPoint {
            attributes,
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            as_double: value,
        }
    }

    fn exemplars<'a>(&self, of: &'a StageFigures) -> Vec<ExemplarPoint<'a>> {
        let counted = of.exemplars.iter().zip(&of.buckets);
        let known =
            counted.filter_map(|(exemplar, &count)| exemplar.as_ref().filter(|_| count > 0));
        let ids_of = |exemplar: &Exemplar| {
            let ((ids, parents), key) = (self.options.ids?, exemplar.key?);
            let parent = parents.of(&exemplar.execution_id);
            let trace = parent.map_or_else(|| ids.trace(key), |of| of.trace_id.clone().into());
            Some((trace, ids.span(key, None)))
        };
        let point = |exemplar: &'a Exemplar| {
            let (trace_id, span_id) = ids_of(exemplar).unwrap_or_default();
            ExemplarPoint {
                filtered_attributes: [Attribute::text(EXECUTION_ID, short(&exemplar.execution_id))],
                time_unix_nano: unix_nanos(exemplar.at_s * MS_A_SECOND),
                span_id,
                trace_id,
                as_double: exemplar.duration_s,
            }
        };
        if self.options.exemplars {
            known.map(point).collect()
        } else {
            Vec::new()
        }
    }

    /// Durations of several, each with its attributes.
    fn durations<'a>(
        &self,
        name: &'static str,
        description: &'static str,
        of: impl Iterator<Item = (Vec<Attribute<'a>>, &'a StageFigures)>,
    ) -> Metric<'a> {
        let seconds = |ms: Option<f64>| ms.unwrap_or_default() / MS_A_SECOND;
        let explicit = |(attributes, of): (Vec<Attribute<'a>>, &'a StageFigures)| HistogramPoint {
            attributes,
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            count: of.count(),
            sum: of.sum_s,
            min: seconds(of.durations.min()),
            max: seconds(of.durations.max()),
            bucket_counts: of.buckets.to_vec(),
            explicit_bounds: &BOUNDS_S,
            exemplars: self.exemplars(of),
        };
        let exponential = |(attributes, of): (Vec<Attribute<'a>>, &'a StageFigures)| {
            let buckets = Exponential::of(&of.durations);
            ExponentialPoint {
                attributes,
                start_time_unix_nano: self.start,
                time_unix_nano: self.now,
                count: of.count(),
                sum: of.sum_s,
                scale: buckets.scale,
                zero_count: buckets.zeros,
                positive: Buckets {
                    offset: buckets.offset,
                    bucket_counts: buckets.counts,
                },
                negative: Buckets::default(),
                flags: 0,
                exemplars: self.exemplars(of),
                min: seconds(of.durations.min()),
                max: seconds(of.durations.max()),
                zero_threshold: 0.0,
            }
        };
        let of = of.filter(|(_, figures)| figures.count() > 0);
        let data = match self.options.histograms {
            Histograms::Explicit => Data::Histogram {
                aggregation_temporality: CUMULATIVE,
                data_points: of.map(explicit).collect(),
            },
            Histograms::Exponential => Data::ExponentialHistogram {
                aggregation_temporality: CUMULATIVE,
                data_points: of.map(exponential).collect(),
            },
        };
        Metric {
            name,
            description,
            unit: "s",
            data,
        }
    }
}

/// Name, description and unit of a sum.
type Named = (&'static str, &'static str, &'static str);

fn sum((name, description, unit): Named, data_points: Vec<NumberPoint<'_>>) -> Metric<'_> {
    Metric {
        name,
        description,
        unit,
        data: Data::Sum {
            aggregation_temporality: CUMULATIVE,
            is_monotonic: true,
            data_points,
        },
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
///
/// # Errors
///
/// If it cannot be written.
pub fn otlp_metrics(
    exposed: &Exposed,
    sender: &Sender,
    times: Times,
    options: MetricsOptions<'_>,
) -> serde_json::Result<(String, usize)> {
    let maker = Maker::of(times, options);
    request(sender, metrics_of(exposed, &maker))
}

/// The same of a part, whose metrics those of other parts may go on.
///
/// # Errors
///
/// If it cannot be written.
pub fn otlp_metrics_of(
    part: &Part,
    sender: &Sender,
    times: Times,
    options: MetricsOptions<'_>,
) -> serde_json::Result<String> {
    let maker = Maker::of(times, options);
    let metrics = match part {
        Part::Whole(exposed) => metrics_of(exposed, &maker),
        Part::Stages(stages) => stage_metrics_of(stages, &maker),
    };
    Ok(request(sender, metrics)?.0)
}

/// The text of a request, and how many data points it has.
fn request(sender: &Sender, mut metrics: Vec<Metric<'_>>) -> serde_json::Result<(String, usize)> {
    metrics.retain(|metric| metric.data.points() > 0);
    let points = metrics.iter().map(|metric| metric.data.points()).sum();
    let request = Request {
        resource_metrics: [ResourceMetrics {
            resource: sender,
            scope_metrics: [ScopeMetrics {
                scope: SCOPE,
                metrics,
            }],
        }],
    };
    Ok((serde_json::to_string(&request)?, points))
}

fn metrics_of<'a>(exposed: &'a Exposed, maker: &Maker<'_>) -> Vec<Metric<'a>> {
    let whole = &exposed.executions;
    let mut metrics = vec![maker.durations(
        "pipeline.execution.duration",
        "How long executions took.",
        std::iter::once((Vec::new(), whole)),
    )];
    for (named, figure) in EXECUTION_SUMS {
        metrics.push(sum(named, vec![maker.point(Vec::new(), figure(whole))]));
    }
    metrics.push(Metric {
        name: "pipeline.execution.active",
        description: "Executions that run.",
        unit: "{execution}",
        data: Data::Sum {
            aggregation_temporality: CUMULATIVE,
            is_monotonic: false,
            data_points: vec![maker.point(Vec::new(), exposed.active as f64)],
        },
    });
    metrics.extend(stage_metrics_of(&exposed.stages, maker));
    metrics.push(alerts(exposed, maker));
    metrics.push(diagnostics(exposed, maker));
    metrics.push(Metric {
        name: "pipeline.metrics.overhead",
        description: "What measuring costs, as a share of the time observed.",
        unit: "1",
        data: Data::Gauge {
            data_points: vec![maker.point(Vec::new(), exposed.overhead_ratio)],
        },
    });
    metrics
}

fn stage_metrics_of<'a>(stages: &'a [StageFigures], maker: &Maker<'_>) -> Vec<Metric<'a>> {
    let stages = || {
        let stages = stages.iter();
        stages.map(|of| (vec![Attribute::text(STAGE, &*of.name)], of))
    };
    let durations = maker.durations("pipeline.stage.duration", "How long stages took.", stages());
    let sums = STAGE_SUMS.into_iter().map(|(named, figure)| {
        let points = stages().map(|(labels, of)| maker.point(labels, figure(of)));
        sum(named, points.collect())
    });
    std::iter::once(durations).chain(sums).collect()
}

fn alerts<'a>(exposed: &'a Exposed, maker: &Maker<'_>) -> Metric<'a> {
    let points = exposed.alerts.iter().map(|&(kind, severity, count)| {
        let attributes = vec![
            Attribute::text("pipeline.alert.type", kind),
            Attribute::text("pipeline.alert.severity", severity),
        ];
        maker.point(attributes, count as f64)
    });
    sum(
        ("pipeline.alerts", "Alerts raised.", "{alert}"),
        points.collect(),
    )
}

fn diagnostics<'a>(exposed: &'a Exposed, maker: &Maker<'_>) -> Metric<'a> {
    let points = exposed.diagnostics.iter().map(|(kind, count)| {
        let attributes = vec![Attribute::text("pipeline.diagnostic.kind", &**kind)];
        maker.point(attributes, *count)
    });
    sum(
        (
            "pipeline.metrics.diagnostics",
            "What went wrong quietly in measuring, by kind.",
            "{event}",
        ),
        points.collect(),
    )
}
