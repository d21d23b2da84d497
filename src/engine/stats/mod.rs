//! Statistics: deterministic functions of slices, and two summaries that grow by the sample and
//! merge (`sketch` for quantiles, `moments` for means).
//!
//! What all of them share:
//!
//! - **Non-finite samples** (NaN, ±∞) are left out before anything is computed; a pair with a
//!   non-finite half is left out whole. No input makes any of them panic. Functions that take
//!   samples `sorted` or `in_place` trust the caller to have done so (`quantile::finite`).
//! - **Too few samples** give `None`; each function says how many it needs.
//! - **Results are finite**, except where a function of `distribution` says otherwise.
//! - **Units** are the caller's: a slope is in units of `y` per unit of `x`, a shift in the unit
//!   of the samples.
//! - **Two-sample results** say how `b` departs from `a`: positive where `b` is greater.
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
