//! The text formats that Prometheus scrapes: `OpenMetrics` 1.0, and 0.0.4 for older readers.

use super::exposed::{Exemplar, Exposed};
use super::families::{families, Family, Labels, EXECUTION_ID};
use crate::engine::json::plain;

/// Most characters of the names and values of an exemplar's labels together.
const EXEMPLAR_CHARS: usize = 128;

/// Room per stage, so that the growing text is not copied.
const BYTES_A_STAGE: usize = 2_500;

/// The text format to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
    /// `text/plain; version=0.0.4`.
    Prometheus,
}

/// Writes families of metrics, one after the other.
struct Text {
    text: String,
    format: Format,
}

impl Text {
    fn all(&mut self, parts: &[&str]) {
        self.text.extend(parts.iter().copied());
    }

    fn family(&mut self, family: &Family<'_>) {
        let Family {
            name,
            kind,
            unit,
            help,
            ..
        } = family;
        let suffix = match (*kind, self.format) {
            ("counter", Format::Prometheus) => "_total",
            _ => "",
        };
        self.all(&["# TYPE ", name, suffix, " ", kind, "\n"]);
        if !unit.is_empty() && self.format == Format::OpenMetrics {
            self.all(&["# UNIT ", name, " ", unit, "\n"]);
        }
        self.all(&["# HELP ", name, suffix, " ", help, "\n"]);
        for sample in &family.samples {
            self.all(&[name, sample.suffix]);
            self.labels(&sample.labels);
            self.all(&[" ", &plain(sample.value)]);
            if let Some(exemplar) = sample.exemplar {
                self.exemplar(exemplar);
            }
            self.text.push('\n');
        }
    }

    fn labels(&mut self, labels: &Labels<'_>) {
        let mut before = '{';
        for (label, of) in labels {
            self.text.push(before);
            self.label(label, of);
            before = ',';
        }
        if before == ',' {
            self.text.push('}');
        }
    }

    fn label(&mut self, label: &str, of: &str) {
        self.text.push_str(label);
        self.text.push_str("=\"");
        let mut rest = of;
        while let Some(place) = rest.find(['\\', '"', '\n']) {
            let (plain, from) = rest.split_at(place);
            self.text.push_str(plain);
            self.text.push_str(match from.as_bytes() {
                [b'\\', ..] => "\\\\",
                [b'"', ..] => "\\\"",
                _ => "\\n",
            });
            rest = from.get(1..).unwrap_or_default();
        }
        self.text.push_str(rest);
        self.text.push('"');
    }

    fn exemplar(&mut self, exemplar: &Exemplar) {
        let chars = EXECUTION_ID.len() + exemplar.execution_id.chars().count();
        if self.format == Format::Prometheus || chars > EXEMPLAR_CHARS {
            return;
        }
        self.text.push_str(" # {");
        self.label(EXECUTION_ID, &exemplar.execution_id);
        let (duration, at) = (plain(exemplar.duration_s), plain(exemplar.at_s));
        self.all(&["} ", &duration, " ", &at]);
    }
}

/// The text of a scrape.
///
/// Cost: some 3 kB a stage.
pub fn render(exposed: &Exposed, format: Format) -> String {
    let mut to = Text {
        text: String::with_capacity(BYTES_A_STAGE * (exposed.stages.len() + 2)),
        format,
    };
    for family in families(exposed) {
        to.family(&family);
    }
    if format == Format::OpenMetrics {
        to.text.push_str("# EOF\n");
    }
    to.text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::export::exposed::StageFigures;

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
            key: None,
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
            key: None,
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
    fn a_name_cannot_end_its_line_or_its_quotes() {
        let text = text_of(vec![stage("a\"} 1\n# EOF\\")], Format::OpenMetrics);
        assert!(text.contains("{stage=\"a\\\"} 1\\n# EOF\\\\\",le=\"0.005\"} 2\n"));
        assert_eq!(text.matches("\n# EOF").count(), 1);
    }
}
