#!/usr/bin/env python3
"""Numbers for the paradigms, from their equations in plain numpy: python3 paradigms.py > paradigms.json

iterative: F' = F * MLP_loc(t) + MLP_cls(z), one factor a pixel, one summand a channel; MLP(x) = relu(x W1' + b1) W2' + b2,
with the input of MLP_cls layer-normalised where asked. In classification F' = F + MLP_cls(z).
rm: g = relu([f, softmax(z), t] W' + b), z' = g Wz' + bz, t' = g Wt' + bt; compact: t is replaced by the sum over the
classes of their score times their four deltas.
The head is linear in the flattened feature. The i-th parameter in the order of the names is waves(shape, 0.5, i).
"""
import json

import numpy as np

from waves import rounded, waves

N, LOGITS, DELTAS, CHANNELS, SIZE = 2, 4, 12, 3, 2


def parameters(shapes):
    return {name: waves(shapes[name], 0.5, i) for i, name in enumerate(sorted(shapes))}


def mlp_shapes(name, inputs, hidden, outputs, norm=False):
    shapes = {f"{name}.fc1.weight": (hidden, inputs), f"{name}.fc1.bias": (hidden,),
              f"{name}.fc2.weight": (outputs, hidden), f"{name}.fc2.bias": (outputs,)}
    if norm:
        shapes.update({f"{name}.norm_weight": (inputs,), f"{name}.norm_bias": (inputs,)})
    return shapes


def mlp(p, name, x):
    if f"{name}.norm_weight" in p:
        centred = x - x.mean(1, keepdims=True)
        x = centred / np.sqrt((centred ** 2).mean(1, keepdims=True) + 1e-5)
        x = x * p[f"{name}.norm_weight"] + p[f"{name}.norm_bias"]
    hidden = np.maximum(x @ p[f"{name}.fc1.weight"].T + p[f"{name}.fc1.bias"], 0)
    return hidden @ p[f"{name}.fc2.weight"].T + p[f"{name}.fc2.bias"]


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def boxes(norm):
    shapes = mlp_shapes("mlp_cls", LOGITS, 5, CHANNELS, norm)
    shapes.update(mlp_shapes("mlp_loc", DELTAS, 5, SIZE * SIZE))
    p = parameters(shapes)
    feature = waves((N, CHANNELS, SIZE, SIZE), 1.0)
    inputs = CHANNELS * SIZE * SIZE
    logits = []
    for _ in range(3):
        flat = feature.reshape(N, -1)
        z, t = flat @ waves((inputs, LOGITS), 0.4, 50), flat @ waves((inputs, DELTAS), 0.4, 51)
        logits.append(rounded(z))
        factor = mlp(p, "mlp_loc", t).reshape(N, 1, SIZE, SIZE)
        feature = feature * factor + mlp(p, "mlp_cls", z).reshape(N, CHANNELS, 1, 1)
    return logits


def classification():
    p = parameters(mlp_shapes("mlp_cls", LOGITS, 5, CHANNELS))
    feature, logits = waves((N, CHANNELS), 1.0), []
    for _ in range(2):
        z = feature @ waves((CHANNELS, LOGITS), 0.4, 50)
        logits.append(rounded(z))
        feature = feature + mlp(p, "mlp_cls", z)
    return logits


def refinement(compact):
    f, z, t = waves((N, 6), 1.0), waves((N, LOGITS), 2.0, 50), waves((N, DELTAS), 1.0, 51)
    score = softmax(z)
    if compact:
        seen = sum(score[:, c:c + 1] * t[:, 4 * c:4 * c + 4] for c in range(DELTAS // 4))
    else:
        seen = t
    inputs = 6 + LOGITS + seen.shape[1]
    p = parameters({"fc.weight": (5, inputs), "fc.bias": (5,), "fc_logits.weight": (LOGITS, 5),
                    "fc_logits.bias": (LOGITS,), "fc_deltas.weight": (DELTAS, 5), "fc_deltas.bias": (DELTAS,)})
    g = np.maximum(np.concatenate([f, score, seen], 1) @ p["fc.weight"].T + p["fc.bias"], 0)
    return {"logits": rounded(g @ p["fc_logits.weight"].T + p["fc_logits.bias"]),
            "deltas": rounded(g @ p["fc_deltas.weight"].T + p["fc_deltas.bias"])}


if __name__ == "__main__":
    print(json.dumps({"boxes": boxes(False), "layer_norm": boxes(True), "classification": classification(),
                      "rm_full": refinement(False), "rm_compact": refinement(True)}))
