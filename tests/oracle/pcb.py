#!/usr/bin/env python3
"""Numbers for the pcb loss, from its formulas written out with loops: python3 pcb.py > pcb.json

Confusion matrix, after each batch, for every class y that the batch has:
    M[y] = gamma M[y] + (1 - gamma) mean over the batch's samples of y of softmax(foreground logits), then M[y] /= sum.
Loss of a sample of foreground class y (weight w), q = M[:, y] / sum(M[:, y]) or one-hot where the column is zero:
    (1 - a) w CE(y) / avg_factor + a KL(q || p) / N,   p = softmax over all logits, a = alpha r / (R - 1).
Background: w CE / avg_factor. Gradients are differences of sixth order of the loss with M held fixed.

`wrong` holds what plausible mistakes would give on the detection case: the tests must tell each from the right number.
"""
import json
import math

import numpy as np

from waves import gradient, rounded, waves


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


def one_hot(count, y):
    return [float(i == y) for i in range(count)]


def column(matrix, y):
    values = [row[y] for row in matrix]
    return [v / sum(values) for v in values] if sum(values) > 0 else one_hot(len(matrix), y)


def loss(logits, labels, matrix, a, prior, weights, avg_factor, soft_label=None):
    count, total = len(matrix), 0.0
    for n, y in enumerate(labels):
        p = softmax([logits[n][j] + prior[j] for j in range(len(prior))])
        hard = -weights[n] * math.log(p[y]) / avg_factor
        if y >= count:
            total += hard
            continue
        q = (soft_label or column)(matrix, y)
        kl = sum(q[i] * math.log(q[i] / p[i]) for i in range(count) if q[i] > 0)
        total += (1 - a) * hard + a * kl / len(labels)
    return total


def matrices(batches, classes, width, gamma):
    """The confusion matrix after each batch."""
    matrix, found = [[0.0] * classes for _ in range(classes)], []
    for variant, labels in enumerate(batches):
        update(matrix, waves((len(labels), width), 2.0, variant).tolist(), labels, gamma)
        found.append([list(row) for row in matrix])
    return found


def case(batches, classes, width, gamma, a, prior, weights, avg_factor):
    found = matrices(batches, classes, width, gamma)
    logits = waves((len(batches[-1]), width), 2.0, len(batches) - 1)
    f = lambda z: loss(z.tolist(), batches[-1], found[-1], a, prior, weights, avg_factor)
    return {"matrices": [rounded(m) for m in found], "loss": rounded(f(logits)), "gradient": rounded(gradient(f, logits))}


def wrong(batches, classes, width, gamma, a, next_a, prior, weights, avg_factor):
    before, matrix = matrices(batches, classes, width, gamma)[-2:]
    logits, labels = waves((len(batches[-1]), width), 2.0, len(batches) - 1), batches[-1]

    def value(matrix, a, soft_label=None, z=logits):
        return loss(z.tolist(), labels, matrix, a, prior, weights, avg_factor, soft_label)

    def value_without_soft_labels(z):
        kept = [w if y < classes else 0.0 for w, y in zip(weights, labels)]
        return value(matrix, 0.0, z=z) - a * loss(z.tolist(), labels, matrix, 0.0, prior, kept, avg_factor)

    def value_through_matrix(z):  # M not detached
        moved = [list(row) for row in before]
        update(moved, z.tolist(), labels, gamma)
        return value(moved, a, z=z)

    return {
        "losses": {
            "row instead of column": value(matrix, a, lambda m, y: [v / sum(m[y]) for v in m[y]]),
            "hard targets": value(matrix, a, lambda m, y: one_hot(classes, y)),
            "alpha of the next step": value(matrix, next_a),
            "matrix before the batch": value(before, a),
        },
        "gradient_through_matrix": rounded(gradient(value_through_matrix, logits)),
        # The prediction detached as well: the soft labels would change the value and teach nothing.
        "gradient_without_soft_labels": rounded(gradient(value_without_soft_labels, logits)),
    }


if __name__ == "__main__":
    detection = [[0, 1, 4, 2, 1, 3], [3, 4, 3, 0, 4, 4], [2, 4, 1, 1, 4, 0]]
    recurrent = [0, 1, 4, 2, 1, 3]
    classification = [[0, 1, 2, 0], [2, 2, 1, 0]]
    print(json.dumps({
        # Step 1 of 3, alpha 0.4: a = 0.2. Four classes and a background.
        "detection": case(detection, 4, 5, 0.9, 0.2, [0.0] * 5, [1, 0.5, 2, 1, 0.25, 1], 4.0),
        "wrong": wrong(detection, 4, 5, 0.9, 0.2, 0.4, [0.0] * 5, [1, 0.5, 2, 1, 0.25, 1], 4.0),
        # The three steps of one iteration, alpha 0.4: the matrix is updated before each.
        "recurrent": [case([recurrent] * (r + 1), 4, 5, 0.9, 0.2 * r, [0.0] * 5, [1] * 6, 6.0) for r in range(3)],
        # Over balanced softmax, with weights: 90, 8, 20 and 1 instances and a background.
        "bsce_detection": case(detection, 4, 5, 0.9, 0.4, [math.log(n) for n in (90, 8, 20, 1)] + [0.0],
                               [1, 0.5, 2, 1, 0.25, 1], 4.0),
        # Over balanced softmax with 50, 10 and 1 instances; alpha 0.8.
        "bsce": case(classification, 3, 3, 0.99, 0.8, [math.log(n) for n in (50, 10, 1)], [1] * 4, 4.0),
    }))
