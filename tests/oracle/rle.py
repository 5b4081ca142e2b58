"""Run-length codes as pycocotools 2.0.11 makes them -> rle.json.

    python3 -m venv env && env/bin/pip install pycocotools==2.0.11 && env/bin/python tests/oracle/rle.py
"""
import json
import os
import random

import numpy as np
from pycocotools import mask as tools


def encoded(rle):
    box = tools.toBbox(rle)
    return {"size": rle["size"], "text": rle["counts"].decode(), "area": int(tools.area(rle)),
            "box": [float(v) for v in box]}


def mask_case(mask):
    case = encoded(tools.encode(np.asfortranarray(mask.astype(np.uint8))))
    case["columns"] = ["".join(str(int(v)) for v in column) for column in mask.T]
    return case


def masks(rng):
    for height, width in [(1, 1), (1, 17), (19, 1), (7, 5), (13, 11), (16, 16), (31, 33)]:
        yield np.zeros((height, width))
        yield np.ones((height, width))
        for density in (0.02, 0.3, 0.5, 0.97):
            yield rng.random((height, width)) < density
        first, last = np.zeros((height, width)), np.zeros((height, width))
        first[0, 0] = 1
        last[-1, -1] = 1
        yield first
        yield last


def polygon_case(points, height, width):
    flat = [float(v) for v in np.array(points, dtype=np.float64).reshape(-1)]
    # Two points would be taken for a box.
    rle = tools.frPyObjects([flat], height, width)[0]
    return {"polygon": flat, **encoded(rle)}


def polygons(random_state):
    r = random_state
    sizes = [(1, 1), (3, 40), (40, 3), (24, 24), (37, 61), (120, 90)]
    for height, width in sizes:
        def inside(low=0.0, high=1.0, digits=6):
            x, y = r.uniform(low, high) * width, r.uniform(low, high) * height
            return round(x, digits), round(y, digits)
        for count in (3, 4, 5, 8, 20, 60):
            yield [inside() for _ in range(count)], height, width
            yield [inside(digits=2) for _ in range(count)], height, width
            yield [inside(-0.4, 1.4) for _ in range(count)], height, width
            yield [inside(digits=0) for _ in range(count)], height, width
            yield [(round(x * 2) / 2, round(y * 2) / 2) for x, y in (inside() for _ in range(count))], height, width
            # Coordinates at the tools' rounding steps: fifths and tenths of a pixel.
            yield [(round(x * 10) / 10, round(y * 10) / 10) for x, y in (inside(-0.1, 1.1) for _ in range(count))], height, width
        corners = [(0, 0), (width, 0), (width, height), (0, height)]
        yield corners, height, width
        yield corners[::-1], height, width
        yield [(0, 0), (width, height), (width, 0), (0, height)], height, width  # crosses itself
        yield [inside(digits=1)] * 3, height, width  # a point
        a, b = inside(), inside()
        yield [a, b, a], height, width  # a line
        yield [a, a, b, b, inside(), inside()], height, width  # points twice
        yield [(-50.5, -3.25), (-20, 4), (-33, 90)], height, width  # outside
        yield [(-1000.25, -1000), (3000.5, -900.75), (1200, 4000)], height, width  # around everything
        x = r.uniform(0, width)
        yield [(x, 0), (x + 0.3, 0), (x + 0.3, height), (x, height)], height, width  # thinner than a pixel


def merge_case(r):
    height, width = r.choice([(9, 14), (30, 21)])
    parts = []
    for _ in range(r.randint(1, 4)):
        parts.append([round(v, 2) for _ in range(r.randint(3, 7))
                      for v in (r.uniform(-3, width + 3), r.uniform(-3, height + 3))])
    rles = tools.frPyObjects(parts, height, width)
    return {"size": [height, width], "polygons": parts, "union": tools.merge(rles)["counts"].decode(),
            "intersection": tools.merge(rles, intersect=True)["counts"].decode()}


def iou_case(r, kinds):
    height, width = 25, 32
    def box():
        x, y = r.uniform(-2, width), r.uniform(-2, height)
        return [x, y, r.choice([0.0, r.uniform(0, 20)]) if r.random() < 0.2 else r.uniform(0, 20), r.uniform(0, 20)]
    dets, gts = [box() for _ in range(6)], [box() for _ in range(5)]
    gts[0] = dets[0]
    crowd = [r.randint(0, 1) for _ in gts]
    case = {"size": [height, width], "dets": dets, "gts": gts, "crowd": crowd}
    if kinds == "box":
        case["iou"] = tools.iou(np.array(dets), np.array(gts), crowd).tolist()
    else:
        case["iou"] = tools.iou(tools.frPyObjects(np.array(dets), height, width),
                                tools.frPyObjects(np.array(gts), height, width), crowd).tolist()
    return case


def main():
    r = random.Random(20)
    rng = np.random.default_rng(20)
    out = {"masks": [mask_case(m) for m in masks(rng)],
           "polygons": [polygon_case(*p) for p in polygons(r)],
           "merges": [merge_case(r) for _ in range(30)],
           "box_iou": [iou_case(r, "box") for _ in range(6)],
           "mask_iou": [iou_case(r, "mask") for _ in range(6)]}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "rle.json"), "w") as f:
        f.write("{\n" + ",\n".join(f'"{key}": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]"
                                  for key, cases in out.items()) + "\n}\n")


main()
