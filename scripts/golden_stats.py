"""Writes tests/golden/stats/*.json: what established packages answer to fixed inputs.

The engine's statistics are compared with these files by tests/golden_stats.rs. To write them
again (the inputs are seeded, so nothing should change):

    python3 -m venv .venv
    .venv/bin/pip install numpy==2.4.6 scipy==1.17.1 pymannkendall==1.4.3 statsmodels==0.15.0
    .venv/bin/python scripts/golden_stats.py
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pymannkendall
from scipy import special, stats
from statsmodels.stats.multitest import multipletests

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "stats"
SEED = 20_240_229


def rounded(values, digits=4):
    """Short decimals: the same double in every reader, and some ties."""
    return [round(float(v), digits) for v in values]


def write(name, cases):
    text = ",\n".join("  " + json.dumps(case, allow_nan=False) for case in cases)
    (FOLDER / f"{name}.json").write_text(f"[\n{text}\n]\n")
    print(f"{name}: {len(cases)} cases")


def sets(rng):
    """Pairs of sets: small and large, tied and not, alike, shifted, skewed, unequal in size."""
    yield "one of each", [1.5], [2.5]
    yield "one against five", [3.0], [1.0, 2.0, 4.0, 5.0, 6.0]
    yield "two apart from two", [1.0, 2.0], [10.0, 11.0]
    yield "three of each", [1.1, 2.2, 3.3], [2.0, 4.0, 6.0]
    yield "eight of each", rounded(rng.normal(10, 2, 8)), rounded(rng.normal(12, 2, 8))
    yield "nine of each", rounded(rng.normal(10, 2, 9)), rounded(rng.normal(12, 2, 9))
    yield "seven against sixty", rounded(rng.gamma(2, 3, 7)), rounded(rng.gamma(2, 4, 60))
    yield "eight against four hundred", rounded(rng.gamma(2, 3, 8)), rounded(rng.gamma(2, 4, 400))
    yield "ties in small sets", [1.0, 2.0, 2.0, 3.0], [2.0, 3.0, 4.0, 4.0, 5.0]
    yield "whole numbers", rounded(rng.poisson(5, 40), 0), rounded(rng.poisson(6, 35), 0)
    yield "two values only", [1.0] * 12 + [2.0] * 8, [1.0] * 5 + [2.0] * 14
    yield "thirty of each, no shift", rounded(rng.normal(0, 1, 30)), rounded(rng.normal(0, 1, 30))
    yield "log-normal, 5 % slower", rounded(rng.lognormal(3, 0.25, 200)), rounded(
        1.05 * rng.lognormal(3, 0.25, 180)
    )
    yield "unequal variances", rounded(rng.normal(100, 1, 50)), rounded(rng.normal(103, 20, 15))
    yield "far apart", rounded(rng.normal(100, 1, 100)), rounded(rng.normal(150, 1, 100))
    yield "large offset, small spread", rounded(1e5 + rng.normal(0, 1, 25)), rounded(
        1e5 + rng.normal(0.5, 1, 25)
    )


def series(rng):
    """Series in order of time: short, tied, trending either way, level, spiked, long."""
    yield "two samples", [1.0, 2.0]
    yield "three samples", [3.0, 1.0, 2.0]
    yield "ten rising", rounded(np.arange(10) + rng.normal(0, 1, 10))
    yield "thirty falling", rounded(50 - 0.3 * np.arange(30) + rng.normal(0, 4, 30))
    yield "no trend", rounded(rng.normal(20, 3, 60))
    yield "whole numbers", rounded(rng.poisson(8, 80), 0)
    yield "mostly one value", [5.0] * 20 + [6.0] + [5.0] * 9 + [7.0, 4.0]
    yield "spiked", rounded(np.where(np.arange(100) % 17 == 0, 500, 20 + 0.05 * np.arange(100)))
    yield "log-normal drift", rounded(rng.lognormal(2, 0.25, 300) * (1 + 0.001 * np.arange(300)))
    yield "a thousand", rounded(rng.normal(100, 10, 1_000) + 0.002 * np.arange(1_000), 2)


def distribution():
    x = [-37.5, -20.0, -8.0, -5.5, -3.0, -2.5, -1.96, -1.0, -0.1, -1e-8, 0.0]
    x += [1e-5, 0.5, 1.0, 2.4999, 2.5, 2.5001, 3.0, 6.0, 9.0]
    p = [1e-300, 1e-100, 1e-20, 1e-9, 1e-4, 0.001, 0.025, 0.1, 0.3, 0.4999, 0.5]
    p += [0.50001, 0.7, 0.9, 0.975, 0.99, 0.9999, 0.999999999]
    cases = [{"function": "normal_cdf", "args": [v], "expected": special.ndtr(v)} for v in x]
    cases += [{"function": "normal_sf", "args": [v], "expected": special.ndtr(-v)} for v in x]
    cases += [{"function": "normal_quantile", "args": [v], "expected": special.ndtri(v)} for v in p]
    for df in [0.7, 1.0, 2.0, 3.5, 7.0, 29.3, 100.0, 998.0, 20_000.0, 1e6]:
        for t in [-60.0, -12.0, -4.0, -1.7, -0.3, -0.001, 0.0, 0.2, 1.0, 2.2, 5.0, 25.0]:
            args = [t, df]
            cases.append({"function": "student_t_cdf", "args": args, "expected": stats.t.cdf(t, df)})
            cases.append({"function": "student_t_sf", "args": args, "expected": stats.t.sf(t, df)})
        for v in [1e-9, 1e-4, 0.005, 0.025, 0.2, 0.45, 0.6, 0.9, 0.975, 0.9999]:
            expected = special.stdtrit(df, v)
            cases.append({"function": "student_t_quantile", "args": [v, df], "expected": expected})
    for v in [1e-10, 0.1, 0.5, 1.0, 1.5, 2.0, 3.3, 9.99, 10.0, 25.5, 170.0, 1e4, 1e10]:
        cases.append({"function": "ln_gamma", "args": [v], "expected": special.gammaln(v)})
    for a, b in [(0.5, 0.5), (1, 3), (2.5, 7), (0.01, 5), (10, 10), (80, 0.5), (300, 450), (5e3, 3)]:
        for v in [0.0, 1e-6, 0.02, 0.3, 0.5, 0.64, 0.9, 0.9995, 1.0]:
            expected = special.betainc(a, b, v)
            cases.append({"function": "incomplete_beta", "args": [a, b, v], "expected": expected})
    for case in cases:
        case["args"] = [float(v) for v in case["args"]]
        case["expected"] = float(case["expected"])
    write("distribution", cases)


def rank_sum(rng):
    cases = []
    for name, a, b in sets(rng):
        test = stats.mannwhitneyu(b, a, method="auto")
        tied = len(set(a + b)) < len(a + b)
        exact = not tied and min(len(a), len(b)) <= 8
        expected = {"u": float(test.statistic), "p": float(test.pvalue), "exact": exact}
        cases.append({"name": name, "a": a, "b": b, "expected": expected})
    write("rank_sum", cases)


def holm(rng):
    lists = [[0.04], [0.01, 0.04, 0.03, 0.005], [0.2, 0.2, 0.2], [1.0, 0.0, 0.5]]
    lists += [rounded(rng.beta(0.5, 2, n), 6) for n in (8, 40)]
    write(
        "holm",
        [{"p": p, "expected": multipletests(p, method="holm")[1].tolist()} for p in lists],
    )


def theil_sen(rng):
    cases = []

    def add(name, x, y):
        for confidence in [0.8, 0.95]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                line = stats.theilslopes(y, x, confidence)
            expected = {
                "slope": float(line.slope),
                "intercept": float(line.intercept),
                "low": float(line.low_slope),
                "high": float(line.high_slope),
            }
            case = {"name": name, "confidence": confidence, "x": x, "y": y, "expected": expected}
            cases.append(case)

    for name, y in series(rng):
        add(name, [float(i) for i in range(len(y))], y)
    x = rounded(rng.uniform(0, 100, 50), 1)
    add("scattered x", x, rounded([0.7 * v + rng.normal(0, 5) for v in x]))
    x = rounded(rng.integers(1, 6, 60), 0)
    add("x of five values", x, rounded([2 * v + rng.normal(0, 1) for v in x], 1))
    write("theil_sen", cases)


def mann_kendall(rng):
    cases = []
    for name, y in series(rng):
        test = pymannkendall.original_test(y)
        expected = {
            "s": int(test.s),
            "variance": float(test.var_s),
            "z": float(test.z),
            "p": float(test.p),
            "tau": float(test.Tau),
        }
        cases.append({"name": name, "series": y, "expected": expected})
    write("mann_kendall", cases)


def scaling(rng):
    cases = []
    for exponent in [0.5, 1.0, 1.5, 2.5]:
        x = rounded(np.exp(rng.uniform(math.log(10), math.log(100), 60)), 2)
        y = rounded([0.3 * v**exponent * math.exp(rng.normal(0, 0.15)) for v in x])
        line = stats.theilslopes(np.log(y), np.log(x), 0.95)
        residuals = np.log(y) - line.slope * np.log(x)
        expected = {
            "exponent": float(line.slope),
            "low": float(line.low_slope),
            "high": float(line.high_slope),
            "ln_coefficient": float(np.median(residuals)),
            "residual_sigma": 1.4826 * float(stats.median_abs_deviation(residuals)),
        }
        cases.append({"name": f"exponent {exponent}", "x": x, "y": y, "expected": expected})
    write("scaling", cases)


def summary(rng):
    cases = []
    for name, a, b in sets(rng):
        values = a + b
        shares = [0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0]
        expected = {
            "mean": float(np.mean(values)),
            "variance": float(np.var(values, ddof=1)),
            "median": float(np.median(values)),
            "mad": float(stats.median_abs_deviation(values)),
            "quantiles": [float(np.quantile(values, q, method="inverted_cdf")) for q in shares],
        }
        cases.append({"name": name, "values": values, "shares": shares, "expected": expected})
    write("summary", cases)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    distribution()
    # By the number that each is seeded with.
    makers = {1: rank_sum, 3: holm, 4: theil_sen, 5: mann_kendall, 6: scaling, 7: summary}
    for number, make in makers.items():
        make(np.random.default_rng([SEED, number]))


if __name__ == "__main__":
    main()
