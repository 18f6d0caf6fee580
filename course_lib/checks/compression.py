"""The check of notebook 3b: the bytes of a code."""

import math
from typing import Any

import torch
from torch import Tensor

from .verdict import check


def check_code_bytes(function: Any) -> None:
    """Bytes per example by the entropy of each column, added up over the columns: (N, z_dim) int8 -> a number."""

    def oracle(symbols: Tensor) -> float:
        """Shannon's code lengths by counting: each symbol costs log2 of N over how often it occurs."""
        bits = 0.0
        for column in symbols.T.tolist():
            bits += sum(math.log2(len(column) / column.count(one)) for one in column)
        return bits / 8 / len(symbols)

    def shares(symbols: Tensor) -> Tensor:
        return symbols.unique(return_counts=True, dim=0)[1] / len(symbols)

    def entropy(symbols: Tensor) -> Tensor:
        return -(shares(symbols) * shares(symbols).log2()).sum()

    def slips(symbols: Tensor) -> dict[str, Any]:
        columns, codes = symbols.T, symbols.shape[1]
        entropies = torch.stack([entropy(column) for column in columns])
        bits = entropies.sum()
        return {
            "bits: eight of them are a byte": bits,
            "natural logarithms count nats: take log2": bits * math.log(2) / 8,
            "one table of frequencies for all codes: each column has its own": entropy(symbols.flatten()) * codes / 8,
            "the mean over the codes: an example needs all of them, so add them up": bits / 8 / codes,
            "all examples together: divide by their number": bits * len(symbols) / 8,
            "the wrong sign: log2 of a share is negative": -bits / 8,
            "log2 of the number of different symbols: frequent symbols get shorter words, weigh by frequency": (
                sum(math.log2(len(column.unique())) for column in columns) / 8
            ),
            "a whole byte for each code: an entropy coder pays by frequency": float(codes),
            "the different symbols count alike: weigh each log2 by the symbol's share": (
                -sum(shares(column).log2().mean() for column in columns) / 8
            ),
            "whole rows as symbols: each column has a table of its own, and the columns are added": (
                entropy(symbols) / 8
            ),
            "whole bits for each column: an entropy coder may spend a part of a bit on a symbol": (
                entropies.ceil().sum() / 8
            ),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for shape in ((40, 3), (25, 5)):
        spread = torch.arange(1, shape[1] + 1)
        symbols = (spread * torch.randn(*shape, generator=generator) + spread).round().to(torch.int8)
        symbols[:, 1] = 7 if shape[1] == 3 else symbols[:, 1]  # a column that says nothing costs nothing
        symbols[: len(symbols) // 2] = symbols[0] if shape[1] == 5 else symbols[: len(symbols) // 2]  # rows that repeat
        cases.append((symbols,))
    check(function, oracle, cases, slips)
