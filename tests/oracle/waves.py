"""Inputs of the oracles: the same numbers as longtail::testing::waves."""
import numpy as np


def waves(shape, amplitude, variant=0):
    phase = np.full(shape, 1 + 0.9 * variant)
    for k, size in enumerate(shape):
        view = [1] * len(shape)
        view[k] = size
        phase = phase + (np.arange(size) * (k + 1.7)).reshape(view)
    return np.sin(phase) * amplitude


def rounded(values):
    """Nested lists with 15 digits, for JSON."""
    return np.vectorize(lambda v: float(f"{v:.15g}"))(np.asarray(values, dtype=np.float64)).tolist()
