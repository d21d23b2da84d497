//! The shape of a request for metrics.

use super::values::{as_string, Attribute, Scope, Sender};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    pub resource_metrics: [ResourceMetrics<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceMetrics<'a> {
    pub resource: &'a Sender,
    pub scope_metrics: [ScopeMetrics<'a>; 1],
}

#[derive(Debug, Serialize)]
pub(super) struct ScopeMetrics<'a> {
    pub scope: Scope,
    pub metrics: Vec<Metric<'a>>,
}

#[derive(Debug)]
pub(super) struct Metric<'a> {
    pub name: &'static str,
    pub description: &'static str,
    pub unit: &'static str,
    pub data: Data<'a>,
}

/// A derived implementation would copy the data before it writes them.
impl Serialize for Metric<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut metric = to.serialize_struct("Metric", 4)?;
        metric.serialize_field("name", self.name)?;
        metric.serialize_field("description", self.description)?;
        metric.serialize_field("unit", self.unit)?;
        metric.serialize_field(self.data.key(), &self.data)?;
        metric.end()
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Data<'a> {
    #[serde(rename_all = "camelCase")]
    Gauge { data_points: Vec<NumberPoint<'a>> },
    #[serde(rename_all = "camelCase")]
    Sum {
        aggregation_temporality: u8,
        is_monotonic: bool,
        data_points: Vec<NumberPoint<'a>>,
    },
    #[serde(rename_all = "camelCase")]
    Histogram {
        aggregation_temporality: u8,
        data_points: Vec<HistogramPoint<'a>>,
    },
    #[serde(rename_all = "camelCase")]
    ExponentialHistogram {
        aggregation_temporality: u8,
        data_points: Vec<ExponentialPoint<'a>>,
    },
}

impl Data<'_> {
    /// The field of a metric that has them.
    fn key(&self) -> &'static str {
        match self {
            Self::Gauge { .. } => "gauge",
            Self::Sum { .. } => "sum",
            Self::Histogram { .. } => "histogram",
            Self::ExponentialHistogram { .. } => "exponentialHistogram",
        }
    }

    pub fn points(&self) -> usize {
        match self {
            Self::Gauge { data_points } | Self::Sum { data_points, .. } => data_points.len(),
            Self::Histogram { data_points, .. } => data_points.len(),
            Self::ExponentialHistogram { data_points, .. } => data_points.len(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NumberPoint<'a> {
    pub attributes: Vec<Attribute<'a>>,
    #[serde(serialize_with = "as_string")]
    pub start_time_unix_nano: u64,
    #[serde(serialize_with = "as_string")]
    pub time_unix_nano: u64,
    pub as_double: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistogramPoint<'a> {
    pub attributes: Vec<Attribute<'a>>,
    #[serde(serialize_with = "as_string")]
    pub start_time_unix_nano: u64,
    #[serde(serialize_with = "as_string")]
    pub time_unix_nano: u64,
    pub count: u64,
    pub sum: f64,
    pub min: f64,
    pub max: f64,
    pub bucket_counts: Vec<u64>,
    pub explicit_bounds: &'static [f64],
    pub exemplars: Vec<ExemplarPoint<'a>>,
}

/// Times are numbers here and in exemplars: the decoders of the module's note lose the whole
/// histogram where they are strings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExponentialPoint<'a> {
    pub attributes: Vec<Attribute<'a>>,
    pub start_time_unix_nano: u64,
    pub time_unix_nano: u64,
    pub count: u64,
    pub sum: f64,
    pub scale: i32,
    pub zero_count: u64,
    pub positive: Buckets,
    pub negative: Buckets,
    pub flags: u32,
    pub exemplars: Vec<ExemplarPoint<'a>>,
    pub min: f64,
    pub max: f64,
    pub zero_threshold: f64,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Buckets {
    pub offset: i32,
    pub bucket_counts: Vec<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExemplarPoint<'a> {
    pub filtered_attributes: [Attribute<'a>; 1],
    pub time_unix_nano: u64,
    pub span_id: String,
    pub trace_id: String,
    pub as_double: f64,
}
