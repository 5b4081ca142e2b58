"""Inputs of the benchmarks: the same numbers as bench/bench_numbers.h."""
import torch

PRIME = 2147483647


def uniform(rows, columns, stream):
    x = ((torch.arange(rows * columns) + 1 + 1000003 * stream) * 48271).remainder(PRIME)
    return ((x * x).remainder(PRIME).double() / PRIME).view(rows, columns)


def boxes(count, extent, smallest, largest, stream):
    u = uniform(count, 4, stream)
    centre = u[:, :2] * extent
    half = 0.5 * smallest * torch.pow(largest / smallest, u[:, 2:])
    return torch.cat([centre - half, centre + half], 1).clamp(0, extent).float()
