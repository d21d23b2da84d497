//! Measured figures as an OTLP request for metrics. All sums are cumulative.

use super::exponential::Exponential;
use super::ids::Ids;
use super::parents::Parents;
use super::values::{request, unix_nanos, Attribute, Attributes};
use crate::engine::export::catalog::{metrics, metrics_of, Kind, Metric, Value};
use crate::engine::export::exposed::{Exemplar, Exposed, Part, StageFigures, BOUNDS_S};
use crate::engine::json::{list, object, Field, IfAny, Json, Object, Written};

const CUMULATIVE: u8 = 2;
const EXECUTION_ID: &str = "pipeline.execution.id";
const MS_A_SECOND: f64 = 1e3;

/// Wall clocks in ms since 1970 UTC.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Start of counting.
    pub start_ms: f64,
    /// Now.
    pub now_ms: f64,
}

/// What ids of traces are made with, where traces of the same executions are sent.
type TraceIds<'a> = Option<(Ids, &'a Parents)>;

/// The kind of histograms for durations.
#[derive(Clone, Copy, Debug)]
enum Histograms<'a> {
    /// With the bounds that Prometheus gets, and runs by name.
    Explicit(TraceIds<'a>),
    /// With buckets of a fixed ratio, from 2.2 %.
    Exponential,
}

/// A metric with its points, which stand under the name of their kind.
struct Pointed<'a> {
    metric: Metric<'a>,
    kind: &'static str,
    points: Vec<Written>,
}

impl Json for Pointed<'_> {
    fn write(&self, to: &mut Written) {
        let Metric {
            names, help, unit, ..
        } = &self.metric;
        let temporality = (self.kind != "gauge").then_some(CUMULATIVE);
        let is_monotonic = (self.kind == "sum").then_some(self.metric.kind == Kind::Counter);
        let data: [Field<'_>; 3] = [
            ("aggregationTemporality", &IfAny(temporality)),
            ("isMonotonic", &IfAny(is_monotonic)),
            ("dataPoints", &self.points),
        ];
        to.object(&[
            ("name", &names[1]),
            ("description", help),
            ("unit", unit),
            (self.kind, &Object(&data)),
        ]);
    }
}

/// Writes the metrics of one moment. What many points share is written once.
struct Maker<'o> {
    /// From when to when, as an object of texts.
    times: Written,
    bounds: Written,
    histograms: Histograms<'o>,
}

impl<'o> Maker<'o> {
    fn of(times: Times, histograms: Histograms<'o>) -> Self {
        let start = unix_nanos(times.start_ms.min(times.now_ms));
        let now = unix_nanos(times.now_ms);
        Self {
            times: object(&[
                ("startTimeUnixNano", &start.to_string()),
                ("timeUnixNano", &now.to_string()),
            ]),
            bounds: list(&BOUNDS_S.each_ref().map(|bound| bound as &dyn Json)),
            histograms,
        }
    }

    /// What every point begins with.
    fn begun(&self, attributes: &[Attribute<'_>]) -> Written {
        object(&[("attributes", &attributes)]).and(&self.times)
    }

    fn point(&self, attributes: &[Attribute<'_>], value: f64) -> Written {
        self.begun(attributes).and(&object(&[("asDouble", &value)]))
    }

    fn histogram(&self, attributes: &[Attribute<'_>], of: &StageFigures) -> Written {
        let range = of.range.unwrap_or_default();
        let (min, max) = (range.0 / MS_A_SECOND, range.1 / MS_A_SECOND);
        let (count, sum): (Field<'_>, Field<'_>) = (("count", &of.count()), ("sum", &of.sum_s));
        let (min, max): (Field<'_>, Field<'_>) = (("min", &min), ("max", &max));
        let begun = self.begun(attributes);
        if let Histograms::Explicit(ids) = self.histograms {
            return begun.and(&object(&[
                count,
                sum,
                min,
                max,
                ("bucketCounts", &of.buckets),
                ("explicitBounds", &self.bounds),
                ("exemplars", &Exemplars(ids, of)),
            ]));
        }
        let buckets = Exponential::of(&of.durations, range);
        let side =
            |offset: i32, counts: &[u64]| object(&[("offset", &offset), ("bucketCounts", &counts)]);
        begun.and(&object(&[
            count,
            sum,
            min,
            max,
            ("scale", &buckets.scale),
            ("zeroCount", &buckets.zeros),
            ("positive", &side(buckets.offset, &buckets.counts)),
            ("negative", &side(0, &[])),
        ]))
    }

    fn pointed<'a>(&self, metric: Metric<'a>) -> Pointed<'a> {
        let kind = match metric.kind {
            Kind::Counter | Kind::UpDown => "sum",
            Kind::Gauge => "gauge",
            Kind::Histogram => match self.histograms {
                Histograms::Explicit(_) => "histogram",
                Histograms::Exponential => "exponentialHistogram",
            },
        };
        let points = metric.values.iter().filter_map(|(labels, value)| {
            let attributes = labels
                .iter()
                .map(|&([_, key], of)| Attribute::text(key, of));
            let attributes: Vec<Attribute<'_>> = attributes.collect();
            match value {
                Value::Number(number) => Some(self.point(&attributes, *number)),
                Value::Durations(of) => (of.count() > 0).then(|| self.histogram(&attributes, of)),
            }
        });
        Pointed {
            points: points.collect(),
            metric,
            kind,
        }
    }

    /// The text of a request, and how many data points it has.
    fn request(&self, resource: &Attributes, metrics: Vec<Metric<'_>>) -> (String, usize) {
        let known = metrics.into_iter().filter(|of| !of.names[1].is_empty());
        let pointed = known.map(|metric| self.pointed(metric));
        let with_points: Vec<_> = pointed.filter(|of| !of.points.is_empty()).collect();
        let points = with_points.iter().map(|of| of.points.len()).sum();
        let names = ["resourceMetrics", "scopeMetrics", "metrics"];
        (request(resource, names, &with_points), points)
    }
}

/// Runs of buckets, written where they stand: there are thousands. Times are numbers, for the
/// decoders of the module's note.
struct Exemplars<'a>(TraceIds<'a>, &'a StageFigures);

impl Exemplars<'_> {
    /// The ids of the trace and of the span that an execution is sent as.
    fn ids_of(&self, exemplar: &Exemplar) -> Option<(String, String)> {
        let ((ids, parents), key) = (self.0?, exemplar.key?);
        let parent = parents.of(&exemplar.execution_id);
        Some((ids.trace_in(parent, key), ids.span(key, None)))
    }
}

impl Json for Exemplars<'_> {
    fn write(&self, to: &mut Written) {
        let Self(_, of) = self;
        let counted = of.exemplars.iter().zip(&of.buckets);
        let known = counted.filter(|(_, &count)| count > 0);
        let mut before = "[";
        for exemplar in known.filter_map(|(exemplar, _)| exemplar.as_ref()) {
            let (trace_id, span_id) = self.ids_of(exemplar).unwrap_or_default();
            let id = Attribute::text(EXECUTION_ID, &*exemplar.execution_id);
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

/// The request, and how many data points it has.
///
/// Cost: some 2 kB a stage.
pub fn otlp_metrics(
    exposed: &Exposed,
    resource: &Attributes,
    times: Times,
    ids: TraceIds<'_>,
) -> (String, usize) {
    let maker = Maker::of(times, Histograms::Explicit(ids));
    maker.request(resource, metrics(exposed))
}

/// A part as OpenTelemetry's SDK takes it: of no resource, with exponential histograms. Its metrics
/// may go on in other parts.
pub fn otlp_metrics_of(part: &Part, times: Times) -> String {
    let maker = Maker::of(times, Histograms::Exponential);
    maker.request(&Attributes::default(), metrics_of(part)).0
}
