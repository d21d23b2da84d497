//! Statistics: deterministic functions of slices, and two summaries that grow by the sample and
//! merge (`sketch` for quantiles, `moments` for means).
//!
//! Common rules:
//!
//! - **Non-finite samples** (NaN, ±∞) are left out before anything is computed; a pair with a
//!   non-finite half is left out whole. No input makes any of them panic. Functions that take
//!   `sorted` samples, or work `in_place`, require finite ones (`quantile::finite`).
//! - **Too few samples** give `None`; each function says how many it needs.
//! - **Results are finite**, except where a function of `distribution` says otherwise.
//! - **Units** are the caller's: a slope is in units of `y` per unit of `x`, a shift in the unit
//!   of the samples.
//! - **Two-sample results** describe how `b` departs from `a`: positive if `b` is greater.
//! - **Confidence** is a share in (0, 1), such as 0.95; outside it there is no answer (`None`).

pub mod distribution;
mod even_pairs;
mod mann_whitney;
pub mod moments;
pub mod order;
pub mod quantile;
pub mod rank;
pub mod regression;
pub mod robust;
pub mod rollup;
pub mod serial;
pub mod sketch;
mod slopes;
pub mod special;
pub mod trend;
