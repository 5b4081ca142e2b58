#!/usr/bin/env python3
"""Detections of torchvision's maskrcnn_resnet50_fpn with made-up weights: python3 mask_rcnn_r50.py > mask_rcnn_r50.json

31 classes with the background, batch norms with eps 0 as for the published weights, two images of different sizes in
one padded batch, given as the network's input. Weights are not stored: the k-th value of the i-th tensor of `state`
(name, shape, scale, offset) is u * scale + offset with
    x = (k + 1 + 1000 i) 48271 mod P,   u = 2 (x^2 mod P) / P - 1,   P = 2^31 - 1,
but for the bias of the classifier, `class_bias`, which makes all classes about as likely. The images are sums of slow
waves (picture()). Of each detection's mask the logits of four cells are kept. The script refuses weights whose
detections hang on a decision that rounding could turn.
"""
import json
import math
import sys

import numpy as np
import torch
import torchvision
from torchvision.models.detection.image_list import ImageList

CLASSES = 31
PRIME = 2 ** 31 - 1
SIZES = [(256, 320), (224, 288)]  # height, width
CELLS = [(3, 4), (8, 20), (14, 14), (22, 9)]


def amplitudes(name, shape):
    """Scale and offset that keep activations of about one through the network and spread the predictions."""
    fan_in = math.prod(shape[1:])
    if "bn" in name or "downsample.1" in name:
        last = "bn3" in name
        if name.endswith("running_var"):
            return 0.2, 1.0
        if name.endswith("weight"):
            return 0.1, 0.4 if last else 1.0
        return 0.1, 0.0
    if name.endswith("bias"):
        return 0.05, 0.0
    gain = {"cls_score": 2.5, "box_predictor.bbox_pred": 1.5, "cls_logits": 4.0, "rpn.head.bbox_pred": 0.8,
            "mask_fcn_logits": 1.5}
    factor = next((value for key, value in gain.items() if key in name), 1.0)
    return factor * math.sqrt(6 / fan_in) * (0.3 if "fpn" in name else 1.0), 0.0


def fill(state):
    listed = []
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        scale, offset = (float(f"{v:.9g}") for v in amplitudes(name, tensor.shape))
        x = (np.arange(tensor.numel(), dtype=np.int64) + (1 + 1000 * len(listed))) * 48271 % PRIME
        values = (2.0 * (x * x % PRIME) / PRIME - 1) * scale + offset
        tensor.copy_(torch.from_numpy(values.reshape(tensor.shape)))
        listed.append([name, list(tensor.shape), scale, offset])
    return listed


def picture(height, width, variant):
    c, y, x = np.meshgrid(np.arange(3.0), np.arange(float(height)), np.arange(float(width)), indexing="ij")
    return (np.sin(0.11 * x + 0.5 * c + variant) + np.cos(0.07 * y - 0.03 * x) * np.sin(0.013 * x * (variant + 1))
            + np.sin(0.9 * np.cos(0.05 * y + c) * np.cos(0.04 * x)))


def rounded(values, digits=8):
    return [float(f"{v:.{digits}g}") for v in values.double().flatten().tolist()]


def detect(model, batch):
    """Of each image: boxes, scores, labels, mask logits of the cells."""
    heads = model.roi_heads
    features = model.backbone(batch)
    proposals, _ = model.rpn(ImageList(batch, SIZES), features)
    detections, _ = heads(features, proposals, SIZES)
    boxes = [found["boxes"] for found in detections]
    logits = heads.mask_predictor(heads.mask_head(heads.mask_roi_pool(features, boxes, SIZES)))
    labels = torch.cat([found["labels"] for found in detections])
    own = logits[torch.arange(len(labels)), labels].split([len(b) for b in boxes])
    cells = [torch.stack([masks[:, y, x] for y, x in CELLS], 1) for masks in own]
    return [(found["boxes"], found["scores"], found["labels"], c) for found, c in zip(detections, cells)]


def balance_classes(model, batch):
    """Takes the mean logit off each class; returns the biases."""
    heads = model.roi_heads
    features = model.backbone(batch)
    proposals, _ = model.rpn(ImageList(batch, SIZES), features)
    logits, _ = heads.box_predictor(heads.box_head(heads.box_roi_pool(features, proposals, SIZES)))
    bias = heads.box_predictor.cls_score.bias
    bias.copy_(torch.tensor(rounded(bias - logits.mean(0), 6)))
    return rounded(bias)


def check(found, precise):
    """The same in doubles, so that no decision hangs on rounding; and something of everything is there."""
    boxes, scores, labels, cells = found
    assert labels.equal(precise[2]) and len(labels) > 50 and len(labels.unique()) > 10
    worst = [(a - b).abs().max().item() for a, b in zip((boxes, scores, cells), (precise[0], precise[1], precise[3]))]
    assert worst[0] < 0.01 and worst[1] < 5e-5 and worst[2] < 3e-4, worst
    assert cells.std() > 0.5 and scores.max() - scores.min() > 0.1
    print(len(labels), "detections; floats and doubles differ by", worst, file=sys.stderr)


def main():
    model = torchvision.models.detection.maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=CLASSES)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 0.0
    model.eval()
    with torch.no_grad():
        listed = fill(model.state_dict())
        batch = torch.zeros(2, 3, *SIZES[0])
        for i, (height, width) in enumerate(SIZES):
            batch[i, :, :height, :width] = torch.from_numpy(picture(height, width, i))
        bias = balance_classes(model, batch)
        detections = detect(model, batch)
        for found, precise in zip(detections, detect(model.double(), batch.double())):
            check(found, precise)
    images = [{"boxes": rounded(boxes), "scores": rounded(scores), "labels": labels.tolist(),
               "mask_logits": rounded(cells, 7)} for boxes, scores, labels, cells in detections]
    print(json.dumps({"classes": CLASSES, "sizes": SIZES, "cells": CELLS, "state": listed, "class_bias": bias,
                      "images": images}))


if __name__ == "__main__":
    main()
