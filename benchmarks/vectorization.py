"""One matrix product beside loops over vectors and over single numbers: the same numbers, at different speed.

    python benchmarks/vectorization.py [--rows 500] [--width 256] [--repeats 5]

``Y = X Wᵀ`` for many rows: in one product; a product a row; and, for a few rows, an inner product a number.
"""

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor

# Rows of the slowest way, which takes a Python step for each number.
FEW = 5


def whole(x: Tensor, weight: Tensor) -> Tensor:
    """One product of matrices."""
    return x @ weight.t()


def by_row(x: Tensor, weight: Tensor) -> Tensor:
    """A product of the matrix with each vector."""
    return torch.stack([weight @ row for row in x])


def by_number(x: Tensor, weight: Tensor) -> Tensor:
    """An inner product for each number."""
    return torch.stack([torch.stack([torch.dot(unit, row) for unit in weight]) for row in x])


def seconds(call: Callable[[], Tensor], repeats: int) -> float:
    """The least time of several."""
    took: list[float] = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)
    return min(took)


def measure(n_rows: int, width: int, repeats: int) -> list[tuple[str, float, float]]:
    """Name, microseconds a row, and largest difference from the one product, for each way."""
    generator = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(n, width, generator=generator) for n in (n_rows, width))
    ways = {
        "one matrix product": (whole, x),
        "a product a row": (by_row, x),
        "a product a number": (by_number, x[:FEW]),
    }
    return [
        (
            name,
            1e6 * seconds(lambda way=way, rows=rows: way(rows, weight), repeats) / len(rows),
            float((way(rows, weight) - whole(rows, weight)).abs().max()),
        )
        for name, (way, rows) in ways.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    found = measure(asked.rows, asked.width, asked.repeats)
    print(f"{asked.rows} rows, {asked.width} to {asked.width} units, float32, {torch.get_num_threads()} thread(s)")
    print(f"{'':<20}{'µs a row':>12}{'times':>10}{'difference':>12}")
    for name, each, apart in found:
        print(f"{name:<20}{each:>12.2f}{each / found[0][1]:>10.1f}{apart:>12.1e}")


if __name__ == "__main__":
    main()
