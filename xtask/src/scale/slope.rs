//! How fast something grows: the slope of a line through points on two logarithmic axes.

/// Least number of points that a slope is told of.
const MIN_POINTS: usize = 3;

/// The slope by least squares: 1 where the second number grows as fast as the first, 2 where it grows with its square. `None`
/// where there are too few points.
pub(super) fn slope(points: &[(f64, f64)]) -> Option<f64> {
    if points.len() < MIN_POINTS {
        return None;
    }
    let logs = || points.iter().map(|(x, y)| (x.ln(), y.ln()));
    let count = f64::from(u32::try_from(points.len()).ok()?);
    let mean = |sum: f64| sum / count;
    let middle = (
        mean(logs().map(|(x, _)| x).sum()),
        mean(logs().map(|(_, y)| y).sum()),
    );
    let (mut both, mut square) = (0.0, 0.0);
    for (x, y) in logs() {
        let (dx, dy) = (x - middle.0, y - middle.1);
        both = dx.mul_add(dy, both);
        square = dx.mul_add(dx, square);
    }
    (square > 0.0).then_some(both / square)
}

#[cfg(test)]
mod tests {
    use super::slope;

    fn of(grows: impl Fn(f64) -> f64) -> f64 {
        let sizes = [1e3, 2e3, 4e3, 8e3];
        slope(&sizes.map(|size| (size, grows(size)))).unwrap()
    }

    #[test]
    fn the_exponent_is_found() {
        for exponent in [0.0, 0.5, 1.0, 2.0] {
            assert!((of(|size| 3.0 * size.powf(exponent)) - exponent).abs() < 1e-9);
        }
        // n log n passes.
        assert!(of(|size| size * size.ln()) < 1.15);
    }

    #[test]
    fn two_points_say_nothing() {
        assert_eq!(slope(&[(1.0, 1.0), (2.0, 4.0)]), None);
        assert_eq!(slope(&[(1.0, 1.0); 3]), None);
    }
}
