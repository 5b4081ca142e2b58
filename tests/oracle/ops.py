#!/usr/bin/env python3
"""Numbers for the operations on boxes and masks, from torchvision and PyTorch: python3 ops.py > ops.json

roi_align: two maps of waves, and RoIs within, across the border, outside, tiny, of no area and turned round; the outputs and the
gradients of the maps for an output gradient of waves, in doubles. nms: the indices that torchvision keeps. boxes: deltas
and boxes of torchvision's coder, which clamps above only; mmdetection's clamps on both sides. paste: run lengths down the columns of
torchvision's pasted masks above 0.5, and of mmdetection's way with grid_sample at 0.5 or above.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.roi_heads import paste_masks_in_image
from torchvision.ops import batched_nms, box_iou, roi_align

from waves import waves

SIZES = [(2, 3, 11, 13), (2, 3, 5, 6)]
SCALES = [0.25, 0.125]
ROIS = [[0, 3.2, 5.1, 30.7, 41.9], [1, -9.5, -7.25, 20.5, 15.75], [0, 40, 30, 70, 60], [1, 100, 100, 120, 130],
        [1, 10.5, 12.25, 11.0, 12.5], [0, 8, 8, 8, 8], [1, 30, 30, 10, 12], [0, 0, 0, 52, 44], [1, -200, 5, 300, 9]]
LEVELS = [0, 0, 0, 0, 1, 1, 1, 1, 1]


def short(tensor):
    return [float(f"{v:.13g}") for v in tensor.detach().double().flatten().tolist()]


def roi_align_case(size, ratio, aligned):
    maps = [torch.from_numpy(waves(s, 1.0, i)).requires_grad_() for i, s in enumerate(SIZES)]
    rois, levels = torch.tensor(ROIS, dtype=torch.float64), torch.tensor(LEVELS)
    out = torch.zeros(len(ROIS), 3, size, size, dtype=torch.float64)
    for l, (feature, scale) in enumerate(zip(maps, SCALES)):
        index = torch.nonzero(levels == l)[:, 0]
        out = out.index_put((index,), roi_align(feature, rois[index], size, scale, ratio, aligned))
    (out * torch.from_numpy(waves(tuple(out.shape), 1.0, 2))).sum().backward()
    return {"size": size, "ratio": ratio, "aligned": aligned, "out": short(out),
            "gradients": [short(m.grad) for m in maps]}


def random_boxes(count, seed, extent, largest):
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, extent, (count, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(1, largest, (count, 2))], 1)
    return np.round(boxes, 2)


def nms_cases():
    result = []
    for seed, count, classes, iou in [(0, 80, 1, 0.5), (1, 150, 5, 0.3), (2, 300, 40, 0.7)]:
        rng = np.random.default_rng(100 + seed)
        boxes, labels = random_boxes(count, seed, 60, 40), rng.integers(0, classes, count)
        scores = np.round(rng.permutation(count) / count, 4)
        tensors = [torch.tensor(boxes, dtype=torch.float32), torch.tensor(scores, dtype=torch.float32), torch.tensor(labels)]
        result.append({"boxes": boxes.tolist(), "scores": scores.tolist(), "labels": labels.tolist(), "iou": iou,
                       "kept": batched_nms(*tensors, iou).tolist()})
    return result


def box_case():
    a = torch.from_numpy(random_boxes(5, 7, 50, 30))
    b = torch.from_numpy(random_boxes(5, 8, 50, 30))
    weights = (10.0, 10.0, 5.0, 5.0)
    coder = BoxCoder(weights)
    deltas = torch.from_numpy(waves((5, 8), 30.0))
    sides = torch.from_numpy(waves((5, 8), 30.0)).view(5, 2, 4) / torch.tensor(weights, dtype=torch.float64)
    sides[..., 2:].clamp_(-coder.bbox_xform_clip, coder.bbox_xform_clip)
    both = BoxCoder((1.0, 1.0, 1.0, 1.0)).decode_single(sides.view(5, 8), a)
    return {"a": a.tolist(), "b": b.tolist(), "iou": short(box_iou(a, b)), "encoded": short(coder.encode_single(b, a)),
            "decoded": short(coder.decode_single(deltas, a)), "decoded_both_sides": short(both)}


def run_lengths(mask):
    flat = np.concatenate([[0], mask.T.flatten().astype(int)])
    edges = np.flatnonzero(np.diff(flat))
    return np.diff(np.concatenate([[0], edges, [mask.size]])).tolist()


def grid_paste(mask, box, height, width):
    """mmdetection's paste of one mask on a CPU, where only a pixel around the box is looked at."""
    x0, y0, x1, y1 = box.tolist()
    left, top = max(int(np.floor(x0)) - 1, 0), max(int(np.floor(y0)) - 1, 0)
    right, bottom = min(int(np.ceil(x1)) + 1, width), min(int(np.ceil(y1)) + 1, height)
    ys = (torch.arange(top, bottom, dtype=torch.float32) + 0.5 - y0) / (y1 - y0) * 2 - 1
    xs = (torch.arange(left, right, dtype=torch.float32) + 0.5 - x0) / (x1 - x0) * 2 - 1
    grid = torch.stack([xs[None, :].expand(len(ys), -1), ys[:, None].expand(-1, len(xs))], -1)
    out = torch.zeros(height, width)
    out[top:bottom, left:right] = F.grid_sample(mask[None, None], grid[None], align_corners=False)[0, 0]
    return out


def paste_case():
    height, width, size = 37, 52, 7
    boxes = torch.tensor([[3.3, 4.6, 30.2, 20.9], [-8.4, -5.2, 17.7, 60.1], [40.1, 30.3, 70.9, 50.2], [10.2, 10.4, 11.1, 30.8],
                          [20.25, 21.5, 20.75, 21.75], [49.0, 5.0, 80.0, 15.0], [5.5, 3.5, 50.5, 35.5]])
    masks = torch.from_numpy(waves((len(boxes), size, size), 0.45)).float() + 0.5
    pasted = paste_masks_in_image(masks[:, None], boxes, (height, width))[:, 0] > 0.5
    grid = torch.stack([grid_paste(m, b, height, width) for m, b in zip(masks, boxes)]) >= 0.5
    return {"height": height, "width": width, "boxes": boxes.double().numpy().round(6).tolist(),
            "corners": [run_lengths(m.numpy()) for m in pasted], "grid": [run_lengths(m.numpy()) for m in grid]}


if __name__ == "__main__":
    print(json.dumps({
        "rois": ROIS, "levels": LEVELS, "scales": SCALES,
        "roi_align": [roi_align_case(*c) for c in [(3, 0, True), (2, 2, False), (5, 0, False), (4, 1, True)]],
        "nms": nms_cases(), "boxes": box_case(), "paste": paste_case()}))
