#!/usr/bin/env python3
"""Numbers for the pcb loss, from its formulas written out with loops: python3 pcb.py > pcb.json

Confusion matrix, after each batch, for every class y that the batch has:
    M[y] = gamma M[y] + (1 - gamma) mean over the batch's samples of y of softmax(foreground logits), then M[y] /= sum.
Loss of a sample of foreground class y (weight w), q = M[:, y] / sum(M[:, y]) or one-hot where the column is zero:
    (1 - a) w CE(y) / avg_factor + a KL(q || p) / N,   p = softmax over all logits, a = alpha r / (R - 1).
Background: w CE / avg_factor. Gradients are central differences of the loss with M held fixed.
"""
import json
import math

import numpy as np

from waves import rounded, waves


def softmax(z):
    e = [math.exp(v - max(z)) for v in z]
    return [v / sum(e) for v in e]


def update(matrix, logits, labels, gamma):
    count = len(matrix)
    for y in sorted(set(labels)):
        if y >= count:
            continue
        rows = [softmax(logits[n][:count]) for n in range(len(labels)) if labels[n] == y]
        mean = [sum(row[j] for row in rows) / len(rows) for j in range(count)]
        mixed = [gamma * matrix[y][j] + (1 - gamma) * mean[j] for j in range(count)]
        matrix[y] = [v / sum(mixed) for v in mixed]


def loss(logits, labels, matrix, a, prior, weights, avg_factor):
    count, total = len(matrix), 0.0
    for n, y in enumerate(labels):
        p = softmax([logits[n][j] + prior[j] for j in range(len(prior))])
        hard = -weights[n] * math.log(p[y]) / avg_factor
        if y >= count:
            total += hard
            continue
        column = [matrix[i][y] for i in range(count)]
        q = [v / sum(column) for v in column] if sum(column) > 0 else [float(i == y) for i in range(count)]
        kl = sum(q[i] * math.log(q[i] / p[i]) for i in range(count) if q[i] > 0)
        total += (1 - a) * hard + a * kl / len(labels)
    return total


def gradient(f, x, step=1e-5):
    out = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[at] += step
        below[at] -= step
        out[at] = (f(above) - f(below)) / (2 * step)
    return out


def case(batches, classes, width, gamma, a, prior, weights, avg_factor):
    matrix, matrices = [[0.0] * classes for _ in range(classes)], []
    for variant, labels in enumerate(batches):
        logits = waves((len(labels), width), 2.0, variant)
        update(matrix, logits.tolist(), labels, gamma)
        matrices.append(rounded(matrix))
    f = lambda z: loss(z.tolist(), batches[-1], matrix, a, prior, weights, avg_factor)
    return {"matrices": matrices, "loss": rounded(f(logits)), "gradient": rounded(gradient(f, logits))}


if __name__ == "__main__":
    detection = [[0, 1, 4, 2, 1, 3], [3, 4, 3, 0, 4, 4], [2, 4, 1, 1, 4, 0]]
    classification = [[0, 1, 2, 0], [2, 2, 1, 0]]
    print(json.dumps({
        # Step 1 of 3, alpha 0.4: a = 0.2. Four classes and a background.
        "detection": case(detection, 4, 5, 0.9, 0.2, [0.0] * 5, [1, 0.5, 2, 1, 0.25, 1], 4.0),
        # Over balanced softmax with 50, 10 and 1 instances; alpha 0.8.
        "bsce": case(classification, 3, 3, 0.99, 0.8, [math.log(n) for n in (50, 10, 1)], [1] * 4, 4.0),
    }))
