//! The layout of everything that crosses the boundary. The facade reads these names from
//! [`describe`] when it loads, so there is one list of them.

use crate::engine::json::{object, text_of, Field};

macro_rules! layouts {
    ($($(#[$doc:meta])* $text:literal => $name:ident { $($field:ident),* $(,)? })*) => {
        $(
            $(#[$doc])*
            pub mod $name {
                #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "field names; some have an underscore, some not")]
                enum Place { $($field),*, Fields }
                $(pub const $field: usize = Place::$field as usize;)*
                pub const LEN: usize = Place::Fields as usize;
                pub const FIELDS: &[&str] = &[$(stringify!($field)),*];
            }
        )*
        /// Layouts by their names in the facade.
        const LAYOUTS: &[(&str, &[&str])] = &[$(($text, $name::FIELDS)),*];
    };
}

layouts! {
    /// The private slab of the hot path: what goes in, then what comes out. A completed
    /// stage's span, its alerts and a completed pipeline follow behind. PARENT is the span, of the
    /// same execution, that a stage runs inside of; NaN or below 0 for none.
    "slab" => slab {
        SLOT, SPAN, STAGE, NOW, WALL, HEAP, HEAP_AT, CAPTURE_USAGE,
        ACTION_COUNT, VERBOSITY, ENVIRONMENT,
        INPUT_SIZE, EXPECTED_OUTPUT_SIZE, COMPLEXITY, CONFIGURATION, PARENT,
        SUCCESS, OUTPUT_SIZE, ITEMS, ERRORS, WARNINGS, RETRIES, BYTES, CPU, IO,
        STATUS, START, ALERTS, CLEANUP_DUE,
        RECORD, RECORDS, RAISED_STAGE, EVICTED,
    }

    /// One record of the journal that starts an execution. SEQUENCE is -1 where the caller gave
    /// the id; LABELS is the number of the environment × 65536 and that of the verbosity.
    "startPipeline" => start_pipeline { KIND, NUMBER, TIME, WALL, HEAP, ACTION_COUNT, LABELS, SEQUENCE }

    /// One that starts a stage. PARENT is -1 for none.
    "startStage" => start_stage { KIND, NUMBER, TIME, EXECUTION, HEAP, STAGE, PARENT, INPUT_SIZE }

    /// Further context of a stage, before the record that starts it.
    "stageContext" => stage_context { KIND, EXPECTED_OUTPUT_SIZE, COMPLEXITY, CONFIGURATION }

    /// What the thread used so far, before the record of a stage's start or end.
    "threadUsage" => thread_usage { KIND, CPU, IO }

    /// One that ends a stage or an execution.
    "end" => end { KIND, NUMBER, TIME, WALL, HEAP, ITEMS, ERRORS, OUTPUT_SIZE }

    /// One custom label; `VALUE_KIND` and VALUE as in `custom_label`.
    "recordLabel" => record_label { KIND, NUMBER, NAME, VALUE_KIND, VALUE }

    /// The kinds of records in the journal.
    "record" => record {
        START_PIPELINE, START_STAGE, STAGE_SUCCEEDED, STAGE_FAILED, PIPELINE_SUCCEEDED,
        PIPELINE_FAILED, STAGE_CONTEXT, THREAD_USAGE, LABEL, ABANDON,
    }

    /// Bounds within which a completion of a stage need not be evaluated at once.
    "bounds" => bounds { DURATION, MEMORY }

    /// One stage span. PARENT is the place among the execution's spans of the one that it ran
    /// inside of; NaN for none, and where it is read without its execution.
    "span" => span {
        STAGE, COMPLETED, SUCCESS, START, END, DURATION, START_MEMORY, END_MEMORY, MEMORY_DELTA,
        WALL, INPUT_SIZE, EXPECTED_OUTPUT_SIZE, OUTPUT_SIZE, ITEMS, ERRORS, WARNINGS, RETRIES,
        BYTES, CPU, IO, COMPLEXITY, CONFIGURATION, ITEMS_PER_SECOND, BYTES_PER_SECOND, EFFICIENCY,
        THROUGHPUT_SCORE, MEMORY_EFFICIENCY, MEMORY_USED, IO_EFFICIENCY, PARENT, LATE,
    }

    /// One execution; its spans, breakdown rows and path steps follow, as many as counted.
    "execution" => execution {
        COMPLETED, SUCCESS, START, END, DURATION, START_MEMORY, END_MEMORY, MEMORY_DELTA, WALL,
        ACTION_COUNT, VERBOSITY, ENVIRONMENT, ITEMS, OUTPUT_SIZE, ERRORS, ITEMS_PER_SECOND,
        PER_HOUR, SPANS, ROWS, STEPS,
    }

    /// One row of a stage breakdown.
    "row" => row {
        STAGE, COUNT, DURATION, SELF_DURATION, PERCENTAGE, ITEMS_PER_SECOND, BYTES_PER_SECOND, EFFICIENCY,
        THROUGHPUT_SCORE, MEMORY_EFFICIENCY,
    }

    /// One step of a critical path.
    "step" => step { STAGE, START, DURATION, IMPACT }

    /// What the analysis of an execution found; its bottlenecks follow, as many as counted.
    "analysis" => analysis {
        RATING, TREND, CURRENT, AVERAGE, COMPARISON, IS_LONG, IS_MEMORY_HEAVY, BOTTLENECKS,
    }

    /// One bottleneck.
    "bottleneck" => bottleneck { ROW, KIND, CRITICAL, IMPACT, GAIN }

    /// One alert, or that one is over. NaN in COMPLEXITY and sizes unless judged in a context,
    /// in `RESOLVED_AT`, LASTED and RUNS while it is not over, in FROM and SINCE unless a level
    /// was taken over.
    "alert" => alert {
        KIND, SEVERITY, STAGE, ACTUAL, THRESHOLD, WALL, SUPPRESSED, COMPLEXITY, SIZE_FROM,
        SIZE_BELOW, RESOLVED_AT, LASTED, RUNS, FROM, SINCE,
    }

    /// The runs examined for anomalies, with NaN times if there were none; the anomalies follow.
    "examined" => examined { RUNS, FROM, TO }

    /// One anomalous run.
    "outlier" => outlier { INDEX, WALL, DURATION, TYPICAL, Z, EXPECTED }

    /// A custom label as it is stored. STAGE is NaN where it is the whole execution's;
    /// VALUE is a number where KIND is 0, the number of a text where it is 1, whether it is true
    /// where it is 2.
    "customLabel" => custom_label { STAGE, START, NAME, KIND, VALUE }

    /// The same as it is read: AT is where the row of a span or execution starts that has it.
    "labelRead" => label_read { AT, NAME, KIND, VALUE }
}

/// Most alerts of one completion, and of what is over by it: each threshold, the context's
/// baseline and the stage's, and a level.
const MOST_ALERTS: usize = 6;

/// Offset of a completed stage's span in the slab.
pub const SPAN_AT: usize = 40;
/// Offset of its alerts, or the pipeline's.
pub const ALERTS_AT: usize = SPAN_AT + span::LEN;
/// Offset of a completed pipeline: execution, rows, steps, analysis, bottlenecks.
pub const PIPELINE_AT: usize = ALERTS_AT + MOST_ALERTS * alert::LEN;
/// Numbers in the slab: room for pipelines of some thirty-five stages; larger ones are fetched.
pub const SLAB_LEN: usize = 1024;

/// Numbers in one record of the journal: one cache line.
pub const RECORD_LEN: usize = 8;
/// Records in the journal. The bounds of stages stand behind them.
pub const JOURNAL_RECORDS: usize = 1024;

/// Age in ms up to which a boundary may share the previous heap reading. At 100 MB of allocation a
/// second, 5 kB count for neither of two stages.
pub const SHARED_WITHIN_MS: f64 = 0.05;

const _: () = assert!(slab::LEN <= SPAN_AT);
const _: () = assert!(start_pipeline::LEN == RECORD_LEN && end::LEN == RECORD_LEN);
/// Every record has its kind in the same place.
pub const RECORD_KIND: usize = {
    let kind = start_pipeline::KIND;
    assert!(kind == start_stage::KIND && kind == stage_context::KIND);
    assert!(kind == thread_usage::KIND && kind == end::KIND && kind == record_label::KIND);
    kind
};

/// What a hot call writes to `STATUS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing runs under the given numbers.
    Unknown = 0,
    /// Done; the result is in the slab.
    Done = 1,
    /// Done; the result is larger than the slab and has to be fetched.
    Large = 2,
    /// The collector is faulted; nothing was done.
    Faulted = 3,
    /// The shared heap reading is too old; nothing was done.
    Stale = 4,
    /// A record raised alerts, which are in the slab; later records wait.
    Raised = 5,
}

/// Every layout as JSON text: `{"slab": ["SLOT", …], …, "at": {"SPAN_AT": 40, …}, …}`.
pub fn describe() -> String {
    let at: [(&str, f64); 7] = [
        ("RECORD_LEN", RECORD_LEN as f64),
        ("JOURNAL_RECORDS", JOURNAL_RECORDS as f64),
        ("SPAN_AT", SPAN_AT as f64),
        ("ALERTS_AT", ALERTS_AT as f64),
        ("PIPELINE_AT", PIPELINE_AT as f64),
        ("SLAB_LEN", SLAB_LEN as f64),
        ("SHARED_WITHIN", SHARED_WITHIN_MS),
    ];
    let status: [(&str, f64); 6] = [
        ("UNKNOWN", f64::from(Status::Unknown as u8)),
        ("DONE", f64::from(Status::Done as u8)),
        ("LARGE", f64::from(Status::Large as u8)),
        ("FAULTED", f64::from(Status::Faulted as u8)),
        ("STALE", f64::from(Status::Stale as u8)),
        ("RAISED", f64::from(Status::Raised as u8)),
    ];
    let lists: Vec<Field<'_>> = LAYOUTS.iter().map(|(name, of)| (*name, of as _)).collect();
    let figures = |of: &[(&str, f64)]| {
        let fields: Vec<Field<'_>> = of.iter().map(|(name, of)| (*name, of as _)).collect();
        object(&fields)
    };
    let rest = object(&[("at", &figures(&at)), ("status", &figures(&status))]);
    text_of(&object(&lists).and(&rest))
}
