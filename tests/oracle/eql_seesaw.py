#!/usr/bin/env python3
"""Numbers for eql_v2 and seesaw, their equations written out with loops: python3 eql_seesaw.py > eql_seesaw.json

Three classes and a background; three calls, of which the last one's loss (per sample), gradient (differences of sixth order
with all state held fixed) and state are kept.

eql_v2, for a sample's target t, probability p = sigmoid(z) and weight w of one class:
    w = t (1 + 4 (1 - f)) + (1 - t) f,   f = sigmoid(12 (positive / (negative + 1e-10) - 0.8)), 1 for the background;
    the gradient of w BCE(p, t) in the logit has the magnitude w d, d = |p - t|, whatever t is;
    positive += sum over the samples of w t d,   negative += sum of w (1 - t) d;   w = 1 in the first call.

`pcb` is eql_v2 inside pcb: soft targets 0.2 M[:, y] + 0.8 one-hot(y). `soft` is eql_v2 with targets between 0 and 1 of its own.
`wrong_*` are the sums with t (1 - p) + (1 - t) p in place of d, which agrees with it for t = 0 and t = 1 only. `seesaw_pcb` is
seesaw inside pcb, with weights and a divisor; `wrong` is what a divergence (pcb over softmax) would give there.
"""
import json
import math

from waves import gradient, rounded, waves

CLASSES = 3
LABELS = [[0, 1, 3, 2], [2, 3, 0, 0], [1, 0, 2, 3]]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def one_hot(labels):
    return [[float(j == y) for j in range(CLASSES + 1)] for y in labels]


def eql_weight(t, j, state):
    if not state["started"] or j == CLASSES:
        negative = 1.0
    else:
        negative = sigmoid(12 * (state["positive"][j] / (state["negative"][j] + 1e-10) - 0.8))
    if not state["started"]:
        return 1.0
    return t * (1 + 4 * (1 - negative)) + (1 - t) * negative


def eql_values(logits, targets, state):
    values = []
    for z, t in zip(logits, targets):
        total = 0.0
        for j in range(CLASSES + 1):
            p = sigmoid(z[j])
            bce = -t[j] * math.log(p) - (1 - t[j]) * math.log(1 - p)
            total += eql_weight(t[j], j, state) * bce
        values.append(total)
    return values


def magnitude(p, t):
    return abs(p - t)


def for_hard_targets_only(p, t):
    return t * (1 - p) + (1 - t) * p


def eql_collect(logits, targets, state, magnitude=magnitude):
    positive, negative = list(state["positive"]), list(state["negative"])
    for z, t in zip(logits, targets):
        for j in range(CLASSES):
            p, w = sigmoid(z[j]), eql_weight(t[j], j, state)
            d = magnitude(p, t[j])
            positive[j] += w * t[j] * d
            negative[j] += w * (1 - t[j]) * d
    return {"started": True, "positive": positive, "negative": negative}


def gradient_of(values, x):
    return rounded(gradient(lambda z: sum(values(z.tolist())), x))


def soft_targets(variant):
    return [[abs(v) for v in row] for row in waves((4, CLASSES + 1), 1.0, variant + 5).tolist()]


def eql(kind):
    """`kind`: hard, pcb or soft."""
    state = {"started": False, "positive": [0.0] * CLASSES, "negative": [0.0] * CLASSES}
    matrix = [[0.0] * CLASSES for _ in range(CLASSES)]
    for variant, labels in enumerate(LABELS):
        logits = waves((4, CLASSES + 1), 2.0, variant)
        targets = soft_targets(variant) if kind == "soft" else one_hot(labels)
        if kind == "pcb":
            for y in sorted(set(labels) - {CLASSES}):
                rows = [[sigmoid(z) for z in logits[n][:CLASSES]] for n in range(4) if labels[n] == y]
                for j in range(CLASSES):
                    matrix[y][j] = 0.99 * matrix[y][j] + 0.01 * sum(row[j] for row in rows) / len(rows)
            for n, y in enumerate(labels):
                if y < CLASSES:
                    soft = [0.2 * matrix[i][y] for i in range(CLASSES)] + [0.0]
                    targets[n] = [0.8 * targets[n][j] + soft[j] for j in range(CLASSES + 1)]
        f = lambda z: eql_values(z, targets, state)
        before = state
        result = {"values": rounded(f(logits.tolist())), "gradient": gradient_of(f, logits)}
        state = eql_collect(logits.tolist(), targets, before)
        wrong = eql_collect(logits.tolist(), targets, before, for_hard_targets_only)
    for name in ("positive", "negative"):
        result[name] = rounded(state[name])
        result["wrong_" + name] = rounded(wrong[name])
    if kind == "pcb":
        result["matrix"] = rounded(matrix)
    return result


def seesaw_state():
    """Counts, confusion matrix (gamma 0.99) and logits of the last call."""
    counts, matrix = [0] * CLASSES, [[0.0] * CLASSES for _ in range(CLASSES)]
    for variant, labels in enumerate(LABELS):
        logits = waves((4, CLASSES + 2), 2.0, variant)
        for y in sorted(set(labels) - {CLASSES}):
            counts[y] += labels.count(y)
            rows = [softmax(logits[n][:CLASSES]) for n in range(4) if labels[n] == y]
            mean = [sum(row[j] for row in rows) / len(rows) for j in range(CLASSES)]
            mixed = [0.99 * matrix[y][j] + 0.01 * mean[j] for j in range(CLASSES)]
            matrix[y] = [v / sum(mixed) for v in mixed]
    return counts, matrix, logits


def softmax(z):
    e = [math.exp(v) for v in z]
    return [v / sum(e) for v in e]


def seesaw_log_probabilities(z, y, counts, fixed):
    """log of the reweighted softmax; the compensation is that of the logits `fixed`."""
    s = softmax(fixed[:CLASSES])
    terms = []
    for j in range(CLASSES):
        factor = 1.0
        if j != y:
            a, b = max(counts[j], 1), max(counts[y], 1)
            factor = (a / b) ** 0.8 if a < b else 1.0
            ratio = s[j] / max(s[y], 0.01)
            factor *= ratio ** 2 if ratio > 1 else 1.0
        terms.append(factor * math.exp(z[j]))
    return [math.log(term / sum(terms)) for term in terms]


def seesaw_objectness(z, y):
    return -math.log(softmax(z[CLASSES:])[1 if y == CLASSES else 0])


def seesaw():
    counts, _, logits = seesaw_state()
    fixed = logits.tolist()

    def classes(z):
        return [0.0 if y == CLASSES else -seesaw_log_probabilities(z[n], y, counts, fixed[n])[y]
                for n, y in enumerate(LABELS[-1])]

    def objectness(z):
        return [seesaw_objectness(z[n], y) for n, y in enumerate(LABELS[-1])]

    return {"classes": rounded(classes(fixed)), "objectness": rounded(objectness(fixed)), "counts": counts,
            "gradient": gradient_of(lambda z: classes(z) + objectness(z), logits)}


def seesaw_pcb(a, weights, avg_factor):
    """Cross entropy with the targets (1 - a) one-hot(y) + a M[:, y] / sum, the base's weights and divisor."""
    counts, matrix, logits = seesaw_state()
    fixed = logits.tolist()

    def total(z, divergence=False):
        sum_ = 0.0
        for n, y in enumerate(LABELS[-1]):
            sum_ += weights[n] * seesaw_objectness(z[n], y) / avg_factor
            if y == CLASSES:
                continue
            log_p = seesaw_log_probabilities(z[n], y, counts, fixed[n])
            q = [matrix[i][y] / sum(row[y] for row in matrix) for i in range(CLASSES)]
            soft = -sum(q[i] * log_p[i] for i in range(CLASSES))
            sum_ += -(1 - a) * weights[n] * log_p[y] / avg_factor
            if divergence:  # as over softmax
                sum_ += a * (soft + sum(v * math.log(v) for v in q)) / len(weights)
            else:
                sum_ += a * weights[n] * soft / avg_factor
        return sum_

    return {"loss": rounded(total(fixed)), "gradient": rounded(gradient(lambda z: total(z.tolist()), logits)),
            "matrix": rounded(matrix), "wrong": rounded(total(fixed, divergence=True))}


if __name__ == "__main__":
    print(json.dumps({"eql_v2": eql("hard"), "pcb": eql("pcb"), "soft": eql("soft"), "seesaw": seesaw(),
                      "seesaw_pcb": seesaw_pcb(0.3, [1, 0.5, 2, 0.25], 3.0)}))
