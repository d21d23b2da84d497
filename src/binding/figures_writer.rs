//! Exposed metrics, written in parts.

use super::collector::{state_of, Collector};
use super::export::{attributes, Counts, OtlpMetricsOptions};
use crate::engine::export::otlp::{otlp_metrics_of, Attributes, MetricsOptions, Times};
use crate::engine::export::{families_of, Parts};
use crate::engine::json::text_of;
use crate::engine::recorder::Recorder;
use napi::{Error, Result};
use napi_derive::napi;
use std::sync::Arc;

/// Common to all parts of an OTLP request.
struct Request {
    resource: Attributes,
    times: Times,
    options: MetricsOptions<'static>,
}

/// Figures being written. Between steps the collector may record.
#[napi]
pub struct FiguresWriter {
    recorder: Arc<Recorder>,
    parts: Parts,
    request: Option<Request>,
}

#[napi]
impl FiguresWriter {
    /// Writes the next part, all but the stages first, then some stages at a time; `null` after
    /// the last.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn step(&mut self) -> Result<Option<String>> {
        let Some(part) = self.parts.next(&mut *state_of(&self.recorder)?) else {
            return Ok(None);
        };
        Ok(Some(match &self.request {
            None => text_of(&families_of(&part)),
            Some(of) => otlp_metrics_of(&part, &of.resource, of.times, of.options),
        }))
    }
}

#[napi]
impl Collector {
    /// Begins the exposed figures: each part is a list of families, or with OTLP options a request,
    /// without trace ids. Equal names in several parts belong together.
    ///
    /// # Errors
    ///
    /// If the collector is faulted, or the resource is no JSON object.
    #[napi(catch_unwind)]
    pub fn figures(
        &self,
        counts: Counts,
        otlp: Option<OtlpMetricsOptions>,
    ) -> Result<FiguresWriter> {
        let request = otlp.map(|otlp| {
            Ok::<_, Error>(Request {
                resource: attributes(&otlp.resource)?,
                times: otlp.times(),
                options: MetricsOptions {
                    histograms: otlp.histograms(),
                    exemplars: otlp.exemplars,
                    ids: None,
                },
            })
        });
        let request = request.transpose()?;
        Ok(FiguresWriter {
            parts: Parts::begin(&*self.state()?, counts.into_diagnostics()),
            recorder: self.recorder(),
            request,
        })
    }
}
