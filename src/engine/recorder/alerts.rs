//! Judges completions against thresholds and baselines, and collects the alerts.

use super::State;
use crate::engine::alerting::alert::Alert;
use crate::engine::alerting::alert_log::RaisedAlert;
use crate::engine::alerting::completion::Completion;
use crate::engine::alerting::evaluator::{Firsts, Stage};
use crate::engine::alerting::level_shift::LevelShift;
use crate::engine::history::{ExecutionRef, StageId};
use crate::engine::time::Reading;

/// Furthest apart in ms that the wall clock of a completion and of its record may stand.
const SAME_TIME_MS: f64 = 1.0;

impl State {
    /// The alerts of the last completion.
    pub fn raised(&self) -> &[Alert] {
        &self.raised
    }

    /// The id of the execution in which the level shift among [`Self::raised`] began; `None`
    /// without a shift, or if that execution is no longer stored.
    pub fn shifted_since(&self) -> Option<&str> {
        self.shifted_since.as_deref()
    }

    /// Checks a completion against thresholds and baseline, then learns from it; the alerts are
    /// logged, and returned by [`State::raised`]. Cost: about 30 ns when nothing is raised.
    pub fn judge(
        &mut self,
        stage: StageId,
        completion: &Completion,
        execution_id: Option<&str>,
        at: Reading,
    ) {
        self.manual_changes += 1;
        self.check(stage, completion, at, false);
        self.log(stage, execution_id, at);
    }

    /// Checks a completion, one that is recorded after it was taken into quantiles and totals.
    ///
    /// Every completion goes through this one function, into which all its callees are inlined.
    #[inline(never)]
    pub(super) fn check(
        &mut self,
        stage: StageId,
        completion: &Completion,
        at: Reading,
        is_recorded: bool,
    ) {
        self.raised.clear();
        let whole_ms = self.typical_execution_ms();
        if let Some(known) = self.stages.get_mut(stage as usize) {
            if is_recorded {
                known.count(completion, at, &self.config);
            }
            let firsts = known.judge(completion, at, whole_ms, &self.config, &mut self.raised);
            self.list_firsts(stage, firsts);
        }
    }

    /// Typical duration of an execution in ms; NaN while too few have completed. A stage is judged
    /// before its execution has ended.
    #[inline]
    fn typical_execution_ms(&self) -> f64 {
        let whole = self.stages.get(self.pipeline_total as usize);
        whole.map_or(f64::NAN, Stage::typical_ms)
    }

    pub(super) fn log(&mut self, stage: StageId, execution_id: Option<&str>, at: Reading) {
        let shift = self.raised.iter().find_map(|alert| alert.shift);
        self.shifted_since = shift.and_then(|shift| self.execution_at(stage, &shift));
        for alert in &self.raised {
            if alert.resolution.is_some() {
                self.alerts.resolve(stage, alert);
                continue;
            }
            let since = alert.shift.and(self.shifted_since.clone());
            let raised = RaisedAlert {
                alert: *alert,
                stage,
                execution_id: execution_id.map(Into::into),
                since_execution_id: since,
                at,
            };
            self.alerts.push(raised, self.config.max_history_size);
        }
    }

    /// The id of the execution that a shift began in, if its record is stored.
    fn execution_at(&self, stage: StageId, shift: &LevelShift) -> Option<Box<str>> {
        let ago = shift.runs_ago as usize;
        let is_it = |wall_ms: f64| (wall_ms - shift.since_ms).abs() <= SAME_TIME_MS;
        let history = &self.history;
        if stage == self.pipeline_total {
            let list = history.pipeline().filter(|list| list.len() > ago)?;
            let execution = list.last(ago + 1).next()?;
            return is_it(history.executions.record(execution).wall_ms)
                .then(|| history.executions.id(execution).into());
        }
        let list = history.series(stage).filter(|list| list.len() > ago)?;
        let span = list.last(ago + 1).next()?;
        let id = history.execution_id_of(span)?;
        is_it(history.span(span).wall_ms).then(|| id.into())
    }

    /// Judges the completion of a stage or pipeline of an execution.
    #[inline]
    pub(super) fn judge_in(
        &mut self,
        execution: ExecutionRef,
        stage: StageId,
        completion: &Completion,
        at: Reading,
    ) {
        self.check(stage, completion, at, true);
        if !self.raised.is_empty() {
            self.log_in(execution, stage, at);
        }
    }

    #[cold]
    fn log_in(&mut self, execution: ExecutionRef, stage: StageId, at: Reading) {
        let id: Box<str> = self.history.executions.id(execution).into();
        self.log(stage, Some(&id), at);
    }

    /// Counts a completion that did not succeed.
    #[inline]
    pub(super) fn count_failure(&mut self, stage: StageId, success: bool) {
        if success {
            return;
        }
        if let Some(known) = self.stages.get_mut(stage as usize) {
            known.totals.failures += 1;
        }
    }

    #[inline]
    pub(super) fn list_firsts(&mut self, stage: StageId, firsts: Firsts) {
        if firsts.normal {
            self.normal_order.push(stage);
        }
        if firsts.threshold {
            self.threshold_order.push(stage);
        }
    }
}
