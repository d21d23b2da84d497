//! Pairs sampled evenly from a table, the same ones every time.

/// Steps of the two-dimensional low-discrepancy sequence of the plastic number: they fill the
/// unit square evenly, without a random generator.
const STEPS: (f64, f64) = (0.754_877_666_246_692_7, 0.569_840_290_998_053_2);

/// `count` places in a table of this many rows and columns; none in an empty one.
pub(super) fn places(
    count: u32,
    rows: usize,
    columns: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let count = if rows == 0 || columns == 0 { 0 } else { count };
    (1..=count).map(move |sample| {
        let place =
            |step: f64, len: usize| ((f64::from(sample) * step).fract() * len as f64) as usize;
        (place(STEPS.0, rows), place(STEPS.1, columns))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_table_is_drawn_about_equally() {
        let mut sampled = [[0_u32; 5]; 4];
        for (row, column) in places(2_000, 4, 5) {
            sampled[row][column] += 1;
        }
        assert!(
            sampled
                .as_flattened()
                .iter()
                .all(|count| (95..=105).contains(count)),
            "{sampled:?}"
        );
    }

    #[test]
    fn an_empty_table_has_no_places() {
        assert_eq!(places(10, 0, 5).count(), 0);
        assert_eq!(places(10, 5, 0).count(), 0);
    }
}
