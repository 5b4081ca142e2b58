#!/usr/bin/env python3
"""Coverage of grids over boxes by outlines, from COCO's own rasteriser: python3 mask_targets.py > mask_targets.json

Polygons are filled by pycocotools and merged; the mask is then averaged over each cell of the grid, exactly: the integral
over a picture of whole pixels is a matrix product with the pixels' overlaps. Run lengths go through the same averaging,
so there the numbers are exact; for polygons they differ by what COCO rounds along the outline.
"""
import json
import math
import random

import numpy as np
from pycocotools import mask as coco

WIDTH, HEIGHT, SIZE = 96, 80, 14


def overlaps(begin, end, pixels):
    edges = np.linspace(begin, end, SIZE + 1)
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(pixels)[None]
    return np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None)


def averages(mask, box):
    x1, y1, x2, y2 = box
    cell = (x2 - x1) * (y2 - y1) / SIZE ** 2
    return overlaps(y1, y2, HEIGHT) @ mask @ overlaps(x1, x2, WIDTH).T / cell


def star(rng, x, y, radius, corners, even):
    points = []
    for i in range(corners):
        r = radius if i % 2 == 0 or even else radius * rng.uniform(0.4, 0.8)
        angle = 2 * math.pi * i / corners
        points += [round(x + r * math.cos(angle), 2), round(y + r * math.sin(angle), 2)]
    return points


def main():
    rng = random.Random(3)
    cases = []
    for number in range(12):
        polygons = [star(rng, rng.uniform(25, 45), rng.uniform(25, 55), rng.uniform(12, 25), rng.choice([4, 9, 40]),
                         number % 2 == 0)]
        if number % 3 == 0:
            polygons.append(star(rng, 80, 40, 12, 7, True))
        if number == 5:  # crosses itself: the middle is a hole
            polygons = [[20, 10, 60, 70, 50, 10, 10, 60, 75, 30]]
        rle = coco.merge(coco.frPyObjects(polygons, HEIGHT, WIDTH))
        mask = coco.decode(rle).astype(float)
        boxes = [[8.25, 6.5, 64.75, 76.125], [30, 20, 50, 45], [-10, -6, 100.5, 90.25]]
        counts, last = [], 0
        for value in mask.T.flatten():
            if value != last or not counts:
                if not counts and value == 1:
                    counts.append(0)
                counts.append(0)
                last = value
            counts[-1] += 1
        cases.append({"polygons": polygons, "counts": counts, "boxes": boxes,
                      "expected": [[round(v, 6) for v in averages(mask, box).flatten().tolist()] for box in boxes]})
    print(json.dumps({"width": WIDTH, "height": HEIGHT, "size": SIZE, "cases": cases}))


main()
