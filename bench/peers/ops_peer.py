#!/usr/bin/env python3
"""The operations of bench/ops_bench.cpp with torchvision and pycocotools: milliseconds as one JSON object.

    python3 bench/peers/ops_peer.py roi_align_step/sampling2 [--threads 2] [--seconds 2]
"""
import argparse
import json
import os
import sys
import time

import torch
from torchvision.models.detection.roi_heads import paste_masks_in_image
from torchvision.ops import MultiScaleRoIAlign, batched_nms, roi_align

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench_numbers import boxes, uniform  # noqa: E402

IMAGE = 640


def roi_align_step(count, size, sampling, aligned, backward):
    maps = {str(l): torch.randn(1, 256, IMAGE // s, IMAGE // s, requires_grad=True)
            for l, s in enumerate((4, 8, 16, 32))}
    rois = boxes(count, IMAGE, 16, 500, 1)
    pool = MultiScaleRoIAlign(list(maps), size, sampling)
    levels = torch.floor(torch.log2(((rois[:, 2] - rois[:, 0]) * (rois[:, 3] - rois[:, 1])).sqrt() / 224 + 1e-6) + 4)
    levels = levels.clamp(2, 5).long() - 2

    def aligned_levels():
        """As detection frameworks do it: level by level."""
        out = torch.zeros(count, 256, size, size)
        for l, feature in enumerate(maps.values()):
            index = torch.nonzero(levels == l)[:, 0]
            rows = torch.cat([torch.zeros(len(index), 1), rois[index]], 1)
            out = out.index_put((index,), roi_align(feature, rows, size, 2.0 ** -(l + 2), sampling, True))
        return out

    def step():
        out = aligned_levels() if aligned else pool(maps, [rois], [(IMAGE, IMAGE)])
        if backward:
            out.backward(torch.ones_like(out))
            for feature in maps.values():
                feature.grad = None
    return step


def nms_classes(count):
    candidates, scores = boxes(count, IMAGE, 16, 500, 2), uniform(count, 1, 3).float().flatten()
    labels = (uniform(count, 1, 4) * 1231).long().flatten()
    return lambda: batched_nms(candidates, scores, labels, 0.5)


def nms_levels():
    counts = (2000, 2000, 2000, 1200, 300)
    candidates = torch.cat([boxes(n, IMAGE, 16 * 2 ** l, 64 * 2 ** l, 10 + l) for l, n in enumerate(counts)])
    labels = torch.cat([torch.full((n,), l) for l, n in enumerate(counts)])
    scores = uniform(len(candidates), 1, 5).float().flatten()
    return lambda: batched_nms(candidates, scores, labels, 0.7)


def paste():
    import numpy as np
    import pycocotools.mask
    candidates = boxes(300, 480, 20, 400, 6)
    axis = torch.linspace(-1, 1, 28)
    blob = torch.exp(-2 * (axis[:, None] ** 2 + axis ** 2))
    masks = (blob + 0.2 * (uniform(300, 784, 7).float().view(300, 28, 28) - 0.5))[:, None]

    def step():
        pasted = paste_masks_in_image(masks, candidates, (480, 640))[:, 0] > 0.5
        return [pycocotools.mask.encode(np.asfortranarray(m)) for m in pasted.numpy().astype(np.uint8)]
    return step


PROGRAMS = {
    "roi_align_step/sampling2_forward": lambda: roi_align_step(512, 7, 2, False, False),
    "roi_align_step/sampling2": lambda: roi_align_step(512, 7, 2, False, True),
    "roi_align_step/adaptive_forward": lambda: roi_align_step(512, 7, -1, True, False),
    "roi_align_step/adaptive": lambda: roi_align_step(512, 7, -1, True, True),
    "roi_align_step/masks": lambda: roi_align_step(128, 14, -1, True, True),
    "nms_classes/1000": lambda: nms_classes(1000),
    "nms_classes/10000": lambda: nms_classes(10000),
    "nms_levels": nms_levels,
    "paste/corners": paste,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", choices=list(PROGRAMS))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    step = PROGRAMS[args.program]()
    step()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < args.seconds or len(times) < 3:
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    print(json.dumps({"program": args.program, "ms": 1000 * sum(times) / len(times), "steps": len(times)}))


if __name__ == "__main__":
    main()
