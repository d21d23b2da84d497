//! What mending one stage is worth to the whole: read off the path, not off its share.
//!
//! The gain follows from the dependencies of [`schedule`](super::schedule): every span keeps
//! its lag behind the last span it waited for, only the spans of one stage take less. So a
//! stage beside the path gains nothing, and one on it no more than the next chain allows.

use super::schedule::{Execution, Schedule};

/// Gain in ms of one execution had the spans of `stage` each taken `fraction` (0 to 1) less
/// time. Never more than `fraction` of that stage's time, which is Amdahl's bound. O(n log n).
pub fn what_if(execution: Execution<'_>, stage: u32, fraction: f64) -> f64 {
    gain(&mut Schedule::of(execution), stage, fraction)
}

fn gain(schedule: &mut Schedule, stage: u32, fraction: f64) -> f64 {
    if schedule.wall() == 0.0 || !fraction.is_finite() {
        return 0.0;
    }
    let kept = 1.0 - fraction.clamp(0.0, 1.0);
    let wall = schedule.wall_with(|node| {
        let duration = node.end - node.start;
        if node.stage == stage {
            duration * kept
        } else {
            duration
        }
    });
    (schedule.wall() - wall).max(0.0)
}
