//! The laws that durations may follow, on the logarithms of sizes and durations.

/// Most parameters of a law.
pub(super) const MOST: usize = 4;

/// A law of the logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Law {
    Power {
        level: f64,
        slope: f64,
    },
    /// Two powers that meet `at` a size.
    Broken {
        level: f64,
        below: f64,
        above: f64,
        at: f64,
    },
    /// A fixed cost beside one that grows by a power; both as logarithms.
    Fixed {
        fixed: f64,
        level: f64,
        slope: f64,
    },
}

impl Law {
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Power { level, slope } => level + slope * x,
            Self::Broken {
                level,
                below,
                above,
                at,
            } => level + below * x + (above - below) * (x - at).max(0.0),
            Self::Fixed {
                fixed,
                level,
                slope,
            } => {
                let grown = level + slope * x;
                let larger = fixed.max(grown);
                larger + ((fixed - larger).exp() + (grown - larger).exp()).ln()
            }
        }
    }

    /// How the value moves with each parameter; that of the exponent at large sizes second.
    pub fn gradient(self, x: f64) -> [f64; MOST] {
        match self {
            Self::Power { .. } => [1.0, x, 0.0, 0.0],
            Self::Broken {
                below, above, at, ..
            } => {
                let beyond = (x - at).max(0.0);
                let moved = if x > at { below - above } else { 0.0 };
                [1.0, beyond, x - beyond, moved]
            }
            Self::Fixed { level, slope, .. } => {
                let share = (level + slope * x - self.value(x)).exp();
                [share, share * x, 1.0 - share, 0.0]
            }
        }
    }

    pub fn parameters(self) -> usize {
        match self {
            Self::Power { .. } => 2,
            Self::Fixed { .. } => 3,
            Self::Broken { .. } => 4,
        }
    }

    pub fn raised(self, by: f64) -> Self {
        match self {
            Self::Power { level, slope } => Self::Power {
                level: level + by,
                slope,
            },
            Self::Broken {
                level,
                below,
                above,
                at,
            } => Self::Broken {
                level: level + by,
                below,
                above,
                at,
            },
            Self::Fixed {
                fixed,
                level,
                slope,
            } => Self::Fixed {
                fixed: fixed + by,
                level: level + by,
                slope,
            },
        }
    }
}

/// The inverse of the first rows and columns, the others being 0, by Gauss and Jordan; `None` if it
/// has none.
pub(super) fn inverse(mut matrix: [[f64; MOST]; MOST], size: usize) -> Option<[[f64; MOST]; MOST]> {
    let mut inverse = [[0.0; MOST]; MOST];
    for (place, row) in inverse.iter_mut().enumerate().take(size) {
        row[place] = 1.0;
    }
    for column in 0..size {
        let pivot = (column..size)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        matrix.swap(column, pivot);
        inverse.swap(column, pivot);
        let lead = matrix[column][column];
        if lead.is_nan() || lead.abs() <= 1e-12 {
            return None;
        }
        for place in 0..size {
            matrix[column][place] /= lead;
            inverse[column][place] /= lead;
        }
        for row in (0..size).filter(|&row| row != column) {
            let factor = matrix[row][column];
            for place in 0..size {
                matrix[row][place] -= factor * matrix[column][place];
                inverse[row][place] -= factor * inverse[column][place];
            }
        }
    }
    Some(inverse)
}
