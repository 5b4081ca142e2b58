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


def gradient(f, x, step=2e-3):
    """Of a scalar function: differences of sixth order, good to 1e-12 for smooth functions of moderate size."""
    out = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        def moved(steps):
            y = x.copy()
            y[at] += steps * step
            return f(y)

        out[at] = sum(w * (moved(k) - moved(-k)) for k, w in ((1, 45), (2, -9), (3, 1))) / (60 * step)
    return out
