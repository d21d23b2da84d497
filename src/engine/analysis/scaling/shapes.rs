//! Laws that duration may follow beside a plain power: a fixed cost and a growing one, and two
//! powers that meet. All are fitted to logarithms, so that errors count by proportion.

use super::law::{inverse, Law, MOST};
use crate::engine::figures::clamped;
use crate::engine::stats::order::sort_by_value;
use crate::engine::stats::quantile::median;
use crate::engine::stats::robust::{spread, Spread};
use crate::engine::stats::special::incomplete_beta;

/// How much better another law than a plain power must be, as a difference of the Bayesian
/// information criterion (Schwarz, 1978): strong evidence (Kass and Raftery, 1995).
const STRONG: f64 = 6.0;

/// Stretches of the sizes in which durations are compared with a law.
const STRETCHES: usize = 10;

/// Points further than this many sigmas from the middle of their neighbours are moved there.
const WILD: f64 = 3.0;

/// Chance of calling a law that holds one that does not.
const NO_FIT: f64 = 1e-3;

/// Departure from a law, as a logarithm, that it holds in spite of.
const LEAST_DEPARTURE: f64 = 0.05;

/// Powers that a growing cost is sought among, in these steps.
const STEP: f64 = 0.25;
const HIGHEST: f64 = 4.0;

/// Logarithms of sizes about their mean, ascending, and those of durations.
pub(in crate::analysis) struct Points {
    x: Vec<f64>,
    y: Vec<f64>,
    middle: f64,
}

/// A law that the points follow, and how sure it is.
pub(in crate::analysis) struct Fit {
    law: Law,
    /// Spread about it, as a standard deviation of the logarithm.
    pub noise: f64,
    /// Whether durations follow it everywhere in the range of sizes.
    pub holds: bool,
    middle: f64,
    covariance: [[f64; MOST]; MOST],
}

impl Fit {
    /// The exponent at large sizes, and its standard error.
    pub fn exponent(&self) -> (f64, f64) {
        let exponent = match self.law {
            Law::Power { slope, .. } | Law::Fixed { slope, .. } => slope,
            Law::Broken { above, .. } => above,
        };
        (exponent, self.covariance[1][1].max(0.0).sqrt())
    }

    /// Logarithm of the duration at a size, and its standard error.
    pub fn at(&self, size: f64) -> (f64, f64) {
        let x = size.ln() - self.middle;
        let moves = self.law.gradient(x);
        let mut variance = 0.0;
        for (row, a) in self.covariance.iter().zip(moves) {
            for (entry, b) in row.iter().zip(moves) {
                variance += a * entry * b;
            }
        }
        (self.law.value(x), variance.max(0.0).sqrt())
    }

    /// Logarithm of the duration at the logarithm of a size.
    pub fn at_logarithm(&self, size: f64) -> f64 {
        self.law.value(size - self.middle)
    }

    /// The size at which one power takes over from another, and the exponent below it.
    pub fn lower_regime(&self) -> Option<(f64, f64)> {
        match self.law {
            Law::Broken { below, at, .. } => Some(((at + self.middle).exp(), below)),
            Law::Power { .. } | Law::Fixed { .. } => None,
        }
    }

    /// The part of the cost that does not grow, in ms.
    pub fn fixed_ms(&self) -> Option<f64> {
        match self.law {
            Law::Fixed { fixed, .. } => Some(fixed.exp()),
            Law::Power { .. } | Law::Broken { .. } => None,
        }
    }

    /// Whether it is a plain power.
    pub fn is_power(&self) -> bool {
        matches!(self.law, Law::Power { .. })
    }
}

impl Points {
    /// Of positive sizes and durations; wild durations are moved to where their neighbours end.
    pub fn of(sizes: &[f64], durations_ms: &[f64]) -> Option<Self> {
        let mut pairs: Vec<(f64, f64)> = sizes
            .iter()
            .zip(durations_ms)
            .map(|(size, ms)| (size.ln(), ms.ln()))
            .collect();
        sort_by_value(&mut pairs, |pair| pair.0);
        let middle = pairs.iter().map(|pair| pair.0).sum::<f64>() / pairs.len() as f64;
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&(x, y)| (x - middle, y)).unzip();
        let mut points = Self { x, y, middle };
        points.tame()?;
        Some(points)
    }

    fn stretches(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let runs = self.x.len();
        (0..STRETCHES).map(move |of| of * runs / STRETCHES..(of + 1) * runs / STRETCHES)
    }

    /// Along the line through the middles of neighbouring stretches.
    fn tame(&mut self) -> Option<()> {
        let middles: Option<Vec<(f64, f64)>> = self
            .stretches()
            .map(|of| Some((median(&self.x[of.clone()])?, median(&self.y[of])?)))
            .collect();
        let middles = middles?;
        let expected: Vec<f64> = self.x.iter().map(|&x| along(&middles, x)).collect();
        let off: Vec<f64> = self.y.iter().zip(&expected).map(|(y, e)| y - e).collect();
        let reach = WILD * spread(&off).as_ref().map_or(0.0, Spread::sigma);
        for ((y, expected), off) in self.y.iter_mut().zip(expected).zip(off) {
            *y = expected + clamped(off, -reach, reach);
        }
        Some(())
    }

    fn residuals(&self, law: Law) -> impl Iterator<Item = f64> + '_ {
        let pairs = self.x.iter().zip(&self.y);
        pairs.map(move |(&x, &y)| y - law.value(x))
    }

    fn squares(&self, law: Law) -> f64 {
        self.residuals(law).map(|off| off * off).sum()
    }

    /// The Bayesian information criterion; smaller is better.
    fn criterion(&self, law: Law) -> f64 {
        let runs = self.x.len() as f64;
        let noise = (self.squares(law) / runs).max(1e-12);
        runs * noise.ln() + law.parameters() as f64 * runs.ln()
    }

    /// The law that the points follow best: a plain power unless another is clearly better.
    pub fn fit(&self) -> Option<Fit> {
        let plain = self.power()?;
        let (mut best, mut least) = (plain, self.criterion(plain) - STRONG);
        if let Some(broken) = self.broken() {
            let bent = self.criterion(broken);
            if bent < least + STRONG {
                for law in [Some(broken), self.fixed()].into_iter().flatten() {
                    let criterion = self.criterion(law);
                    if criterion < least {
                        (best, least) = (law, criterion);
                    }
                }
            }
        }
        self.describe(best)
    }

    fn power(&self) -> Option<Law> {
        let [level, slope, _] = self.least_squares(|x| [1.0, x, 0.0], 2)?;
        Some(Law::Power { level, slope })
    }

    fn broken_at(&self, at: f64) -> Option<(Law, f64)> {
        let hinge = |x: f64| [1.0, x, (x - at).max(0.0)];
        let [level, below, more] = self.least_squares(hinge, 3)?;
        let law = Law::Broken {
            level,
            below,
            above: below + more,
            at,
        };
        Some((law, self.squares(law)))
    }

    /// The break is sought from the first to the ninth decile of the runs.
    fn broken(&self) -> Option<Law> {
        let place = |share: f64| self.x[((self.x.len() - 1) as f64 * share) as usize];
        let best_of = |breaks: &mut dyn Iterator<Item = f64>| {
            breaks
                .filter_map(|at| self.broken_at(at))
                .min_by(|a, b| a.1.total_cmp(&b.1))
        };
        let (rough, _) = best_of(&mut (2..=18).map(|step| place(f64::from(step) / 20.0)))?;
        let Law::Broken { at, .. } = rough else {
            return None;
        };
        let range = (place(0.9) - place(0.1)) / 16.0;
        let near = (-6..=6).map(|step| at + range * f64::from(step) / 6.0);
        best_of(&mut near.filter(|at| (place(0.05)..place(0.95)).contains(at))).map(|best| best.0)
    }

    /// For each power the two costs follow from linear equations in relative errors.
    fn fixed(&self) -> Option<Law> {
        let of = |power: f64| self.fixed_with(power);
        let steps = (1..=(HIGHEST / STEP) as u32).map(|step| f64::from(step) * STEP);
        let rough = steps
            .filter_map(|power| Some((power, of(power)?.1)))
            .min_by(|a, b| a.1.total_cmp(&b.1))?
            .0;
        let (mut low, mut high) = (rough - STEP, rough + STEP);
        let squares = |power| of(power).map_or(f64::INFINITY, |fit| fit.1);
        for _ in 0..12 {
            let third = (high - low) / 3.0;
            if squares(low + third) < squares(high - third) {
                high -= third;
            } else {
                low += third;
            }
        }
        of(low.midpoint(high))
            .or_else(|| of(rough))
            .map(|fit| fit.0)
    }

    fn fixed_with(&self, power: f64) -> Option<(Law, f64)> {
        let scale = median(&self.y)?;
        let (mut uu, mut uv, mut vv, mut u1, mut v1) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (x, y) in self.x.iter().zip(&self.y) {
            let u = (scale - y).exp();
            let v = (power * x).exp() * u;
            uu += u * u;
            uv += u * v;
            vv += v * v;
            u1 += u;
            v1 += v;
        }
        let determinant = uu * vv - uv * uv;
        let fixed = (u1 * vv - v1 * uv) / determinant;
        let grown = (v1 * uu - u1 * uv) / determinant;
        if !(fixed > 0.0 && grown > 0.0) {
            return None;
        }
        let law = Law::Fixed {
            fixed: fixed.ln() + scale,
            level: grown.ln() + scale,
            slope: power,
        };
        let law = law.raised(self.residuals(law).sum::<f64>() / self.x.len() as f64);
        Some((law, self.squares(law)))
    }

    fn least_squares(&self, row: impl Fn(f64) -> [f64; 3], parameters: usize) -> Option<[f64; 3]> {
        let mut matrix = [[0.0; MOST]; MOST];
        let mut right = [0.0; MOST];
        for (&x, &y) in self.x.iter().zip(&self.y) {
            let row = row(x);
            for (i, a) in row.iter().enumerate() {
                right[i] += a * y;
                for (j, b) in row.iter().enumerate() {
                    matrix[i][j] += a * b;
                }
            }
        }
        let inverse = inverse(matrix, parameters)?;
        let mut solved = [0.0; 3];
        for (to, row) in solved.iter_mut().zip(inverse) {
            *to = row.iter().zip(right).map(|(a, b)| a * b).sum();
        }
        Some(solved)
    }

    fn describe(&self, law: Law) -> Option<Fit> {
        let parameters = law.parameters();
        let free = self.x.len().checked_sub(parameters + 1)? as f64;
        let variance = self.squares(law) / free;
        let mut matrix = [[0.0; MOST]; MOST];
        for &x in &self.x {
            let moves = law.gradient(x);
            for (row, a) in matrix.iter_mut().zip(moves) {
                for (entry, b) in row.iter_mut().zip(moves) {
                    *entry += a * b;
                }
            }
        }
        let mut covariance = inverse(matrix, parameters)?;
        for entry in covariance.iter_mut().flatten() {
            *entry *= variance;
        }
        let off: Vec<f64> = self.residuals(law).collect();
        Some(Fit {
            law,
            noise: spread(&off).as_ref().map_or(0.0, Spread::sigma),
            holds: self.holds(&off, parameters),
            middle: self.middle,
            covariance,
        })
    }

    /// Whether no stretch of the sizes departs from a law by more than chance and a little.
    fn holds(&self, off: &[f64], parameters: usize) -> bool {
        let (mut between, mut all, mut largest) = (0.0, 0.0, 0.0_f64);
        for stretch in self.stretches() {
            let off = &off[stretch];
            let mean = off.iter().sum::<f64>() / off.len() as f64;
            between += mean * mean * off.len() as f64;
            all += off.iter().map(|off| off * off).sum::<f64>();
            largest = largest.max(mean.abs());
        }
        let free = off.len() as f64 - STRETCHES as f64;
        let tested = STRETCHES as f64 - parameters as f64;
        let chance = incomplete_beta(free / 2.0, tested / 2.0, 1.0 - between / all);
        !(all > 0.0 && largest > LEAST_DEPARTURE && chance < NO_FIT)
    }
}

/// On the line through points that ascend, carried on beyond both ends.
fn along(points: &[(f64, f64)], x: f64) -> f64 {
    let next = points.partition_point(|point| point.0 <= x);
    let right = next.clamp(1, points.len() - 1);
    let ((x0, y0), (x1, y1)) = (points[right - 1], points[right]);
    if x1 > x0 {
        y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    } else {
        y0.midpoint(y1)
    }
}
