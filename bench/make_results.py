#!/usr/bin/env python3
"""Writes a results file for an annotation file of make_annotations.py: jittered objects first, then detections of nothing,
half of them in classes that are listed for the image. Needs pycocotools for the masks.

    python3 bench/make_results.py annotations.json results.json --per-image 300
"""
import argparse
import json
import random

from pycocotools import mask as mask_tools


def jittered(rng, box):
    x, y, w, h = box
    return [round(x + rng.gauss(0, 0.08) * w, 2), round(y + rng.gauss(0, 0.08) * h, 2),
            round(w * rng.uniform(0.85, 1.15), 2), round(h * rng.uniform(0.85, 1.15), 2)]


def rle_text(polygon, image):
    rle = mask_tools.frPyObjects([polygon], image["height"], image["width"])[0]
    return json.dumps({"size": rle["size"], "counts": rle["counts"].decode()})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotations")
    parser.add_argument("out")
    parser.add_argument("--per-image", type=int, default=300)
    parser.add_argument("--boxes-only", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with open(arguments.annotations) as f:
        annotations = json.load(f)
    objects = {image["id"]: [] for image in annotations["images"]}
    for gt in annotations["annotations"]:
        objects[gt["image_id"]].append(gt)
    classes = [c["id"] for c in annotations["categories"]]
    pool = [(gt["bbox"], rle_text(gt["segmentation"][0], annotations["images"][0]))
            for gt in rng.sample(annotations["annotations"], min(4000, len(annotations["annotations"])))]
    separator = "["
    with open(arguments.out, "w") as f:
        for image in annotations["images"]:
            listed = image["neg_category_ids"] + [gt["category_id"] for gt in objects[image["id"]]]
            for i in range(arguments.per_image):
                if i < len(objects[image["id"]]):
                    gt = objects[image["id"]][i]
                    box, category = jittered(rng, gt["bbox"]), gt["category_id"]
                    mask = rle_text([v + rng.choice([-2, 0, 0, 1]) for v in gt["segmentation"][0]], image)
                    score = round(rng.uniform(0.3, 1), 5)
                else:
                    box, mask = rng.choice(pool)
                    category = rng.choice(listed) if rng.random() < 0.5 else rng.choice(classes)
                    score = round(rng.uniform(0, 0.6), 5)
                masks = "" if arguments.boxes_only else f', "segmentation": {mask}'
                f.write(f'{separator}{{"image_id": {image["id"]}, "category_id": {category}, "bbox": {json.dumps(box)}, '
                        f'"score": {score}{masks}}}')
                separator = ", "
        f.write("]" if separator == ", " else "[]")


main()
