#!/usr/bin/env python3
"""Writes an LVIS-v1-format annotation file of a given size, with random polygons: for timing readers and evaluators.

    python3 bench/make_annotations.py lvis_size.json --images 100000 --objects 1270000     # LVIS v1's train set: 1.1 GB
    python3 bench/make_annotations.py 100mb.json --images 10000 --objects 115000
"""
import argparse
import json
import math
import random


def polygon(rng, width, height):
    """A closed outline of 8 to 100 points around a random centre."""
    x, y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height
    radius, points = rng.uniform(0.01, 0.2) * height, rng.choice([8, 24, 50, 60, 60, 100])
    flat = []
    for i in range(points):
        r = radius * rng.uniform(0.7, 1.0)
        flat += [round(x + r * math.cos(2 * math.pi * i / points), 2), round(y + r * math.sin(2 * math.pi * i / points), 2)]
    return flat


def area(flat):
    points = list(zip(flat[0::2], flat[1::2]))
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1]))) / 2


def shapes(rng, count, width, height):
    """Members `area`, `bbox` and `segmentation` of objects, as text."""
    out = []
    for _ in range(count):
        flat = polygon(rng, width, height)
        left, top = min(flat[0::2]), min(flat[1::2])
        box = [left, top, round(max(flat[0::2]) - left, 2), round(max(flat[1::2]) - top, 2)]
        out.append(json.dumps({"area": round(area(flat), 2), "segmentation": [flat], "bbox": box})[1:])
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--objects", type=int, default=24000)
    parser.add_argument("--classes", type=int, default=1203)
    parser.add_argument("--negatives", type=int, default=12, help="classes an image that are said to be absent")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    width, height = 640, 480
    pool = shapes(rng, 4000, width, height)
    with open(arguments.out, "w") as f:
        f.write('{"info": {"year": 2026}, "annotations": [')
        for i in range(arguments.objects):
            image, category = rng.randrange(arguments.images) + 1, rng.randrange(arguments.classes) + 1
            f.write(f'{", " if i else ""}{{"id": {i + 1}, "image_id": {image}, "category_id": {category}, {rng.choice(pool)}')
        images = [{"id": i + 1, "width": width, "height": height,
                   "coco_url": f"http://images.cocodataset.org/train2017/{i + 1:012}.jpg",
                   "neg_category_ids": rng.sample(range(1, arguments.classes + 1), arguments.negatives),
                   "not_exhaustive_category_ids": rng.sample(range(1, arguments.classes + 1), 2)}
                  for i in range(arguments.images)]
        categories = [{"id": c + 1, "name": f"class_{c + 1}", "frequency": "rcf"[c % 3], "image_count": 1 + c,
                       "instance_count": 1 + c} for c in range(arguments.classes)]
        f.write('], "images": ' + json.dumps(images) + ', "licenses": [], "categories": ' + json.dumps(categories) + "}")


main()
