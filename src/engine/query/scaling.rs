//! How a stage's duration grows with its work.

use crate::engine::analysis::findings::SeriesFindings;
use crate::engine::analysis::scaling::{scaling as law_of, Cost, Growth, Scaling};
use crate::engine::json::{object, Written};
use crate::engine::recorder::State;
use crate::engine::series::Series;

/// A law. `fixed` is the part of the cost in ms that does not grow; with two regimes, the
/// exponent holds from `fromSize` on.
pub(super) fn curve(law: &Scaling) -> Written {
    let price = |cost: Cost| {
        object(&[
            ("size", &cost.size),
            ("duration", &cost.duration_ms),
            ("low", &cost.low_ms),
            ("high", &cost.high_ms),
        ])
    };
    let growth = match law.growth {
        Growth::SubLinear => "sub_linear",
        Growth::Linear => "linear",
        Growth::SuperLinear => "super_linear",
        Growth::Unclear => "unclear",
    };
    object(&[
        ("runs", &law.runs),
        ("exponent", &law.exponent),
        ("low", &law.low),
        ("high", &law.high),
        ("noise", &law.noise),
        ("fixed", &law.fixed_ms),
        ("fromSize", &law.lower_regime.map(|(size, _)| size)),
        ("exponentBelow", &law.lower_regime.map(|(_, below)| below)),
        ("holds", &law.holds),
        ("growth", &growth),
        ("largest", &price(law.largest)),
        ("twice", &price(law.twice)),
    ])
}

/// Whether twice the size takes significantly more than twice as long.
pub(super) fn is_super_linear(law: &Scaling) -> bool {
    law.growth == Growth::SuperLinear
}

/// `null` below 20 runs with a size, or where sizes hardly differ.
pub(super) fn scaling(state: &State, series: &Series, found: &SeriesFindings) -> Written {
    let [input_size, items] = laws(state, series, found).map(|law| law.map(|law| curve(&law)));
    object(&[
        ("runs", &series.len()),
        ("inputSize", &input_size),
        ("itemsProcessed", &items),
    ])
}

/// A report mentions exponents above this.
const STRONG: f64 = 1.3;

/// The steeper law, where it is steep and holds, and of what.
pub(super) fn strong(state: &State, series: &Series, found: &SeriesFindings) -> Option<Written> {
    let of = ["inputSize", "itemsProcessed"].into_iter();
    let laws = of.zip(laws(state, series, found));
    let (of, law) = laws
        .filter_map(|(of, law)| Some((of, law?)))
        .filter(|(_, law)| is_super_linear(law) && law.exponent > STRONG)
        .max_by(|a, b| a.1.exponent.total_cmp(&b.1.exponent))?;
    Some(object(&[("of", &of)]).and(&curve(&law)))
}

/// Against the input size, and against the items.
pub(super) fn laws(state: &State, series: &Series, found: &SeriesFindings) -> [Option<Scaling>; 2] {
    found.growth(|| {
        let work = series.work(state).each_ref();
        work.map(|sizes| law_of(sizes, &series.runs.durations))
    })
}
