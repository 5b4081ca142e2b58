"""Small made-up sets full of what evaluators get wrong, with the numbers of lvis-api and pycocotools
-> evaluation_small.json. Run as evaluation_real.py."""
import copy
import json
import os
import random

from pycocotools import mask as mask_tools

from reference_evaluation import coco_numbers, lvis_numbers

HERE = os.path.dirname(os.path.abspath(__file__))
SIDE = 200
CLASSES = [2, 3, 5, 8, 13, 21]


def rectangle(box):
    x, y, w, h = box
    return [x, y, x + w, y, x + w, y + h, x, y + h]


def text_rle(polygon):
    rle = mask_tools.merge(mask_tools.frPyObjects([polygon], SIDE, SIDE))
    return {"size": rle["size"], "counts": rle["counts"].decode()}


def number_rle(polygon):
    mask = mask_tools.decode(mask_tools.merge(mask_tools.frPyObjects([polygon], SIDE, SIDE))).flatten(order="F")
    counts, value, run = [], 0, 0
    for pixel in mask:
        if pixel != value:
            counts.append(run)
            value, run = pixel, 0
        run += 1
    return {"size": [SIDE, SIDE], "counts": [int(c) for c in counts + [run]]}


def box_of(rng):
    side = rng.choice([8, 32, 60, 96, 140])
    w = side if rng.random() < 0.5 else rng.randint(4, side + 4)  # 32 x 32 and 96 x 96 are the bounds of the areas
    return [rng.randint(0, SIDE - w - 1), rng.randint(0, SIDE - side - 1), w, side]


def annotations_of(rng):
    images = []
    for i in range(11):
        absent = rng.sample(CLASSES, rng.randint(0, 4))
        images.append({"id": [31, 7][i % 2] * (i + 1), "width": SIDE, "height": SIDE, "file_name": f"{i}.jpg",
                       "neg_category_ids": absent + [777], "not_exhaustive_category_ids": rng.sample(CLASSES, 1)})
    objects = []

    def add(image, category, box, **more):
        objects.append({"id": len(objects), "image_id": image["id"], "category_id": category, "bbox": box,
                        "area": box[2] * box[3], "segmentation": [rectangle(box)], "iscrowd": 0, **more})

    for image in images[:-2]:
        for _ in range(rng.randint(0, 7)):
            category, box = rng.choice(CLASSES[:-1]), box_of(rng)
            kind = rng.random()
            if kind < 0.15:
                add(image, category, box, ignore=1)
            elif kind < 0.3:
                add(image, category, box, iscrowd=1, segmentation=number_rle(rectangle(box)))
            elif kind < 0.4:
                add(image, category, box, area=0)
            else:
                add(image, category, box)
            if rng.random() < 0.3:  # the same place twice, of another size by the file: to which does a detection go?
                add(image, category, list(box), area=rng.choice([1000, 1024, 5000, 9216, 10000]))
    categories = [{"id": c, "name": f"class {c}", "frequency": f} for c, f in zip(CLASSES, "rcfrcf")]
    rng.shuffle(images)
    rng.shuffle(objects)
    return {"images": images, "annotations": objects, "categories": categories[::-1]}


def results_of(rng, annotations, form):
    """A list of detections: `form` says which members they have."""
    out = []

    def add(image, category, box):
        detection = {"image_id": image, "category_id": category, "score": rng.choice([0.1, 0.5, 0.7, round(rng.random(), 3)])}
        if "box" in form:
            detection["bbox"] = box
        if "text" in form:
            detection["segmentation"] = text_rle(rectangle(box))
        if "numbers" in form:
            detection["segmentation"] = number_rle(rectangle(box))
        if "polygon" in form:
            detection["segmentation"] = [rectangle(box)]
        out.append(detection)

    for gt in annotations["annotations"]:
        for _ in range(rng.randint(0, 3)):
            x, y, w, h = gt["bbox"]
            off = rng.choice([0, 0, 1, 3, 8])
            box = [max(0, x + rng.randint(-off, off)), y, max(1, w - rng.randint(0, off)), h + rng.choice([0.0, 0.25])]
            add(gt["image_id"], gt["category_id"] if rng.random() < 0.9 else rng.choice(CLASSES), box)
    for image in annotations["images"]:
        for _ in range(rng.randint(0, 12)):
            box = box_of(rng)
            if "box" in form and rng.random() < 0.1:
                box[2] = 0
            add(image["id"], rng.choice(CLASSES + [777, 4]), box)
    rng.shuffle(out)
    return out[:40] if "numbers" in form else out  # they are long


def from_one(annotations):
    """lvis-api and pycocotools take a match with the object of id 0 for none."""
    annotations = copy.deepcopy(annotations)
    for gt in annotations["annotations"]:
        gt["id"] += 1
    return annotations


def main():
    sets = []
    for seed in range(2):
        rng = random.Random(seed)
        annotations = annotations_of(rng)
        cases = []
        for form, max_dets in [("box+text", 300), ("box", 300), ("box+text", 9), ("text", 300), ("box+polygon", 300),
                               ("box+numbers", 300)]:
            results = results_of(rng, annotations, form)
            case = {"results": results, "max_dets": max_dets, "lvis": {}, "coco": {}}
            for iou in ("bbox", "segm"):
                given = from_one(annotations)
                case["lvis"][iou] = lvis_numbers(copy.deepcopy(given), copy.deepcopy(results), iou, max_dets)
                if max_dets == 300:
                    case["coco"][iou] = coco_numbers(copy.deepcopy(given), copy.deepcopy(results), iou)
            cases.append(case)
        sets.append({"annotations": annotations, "cases": cases})
    with open(os.path.join(HERE, "evaluation_small.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(s) for s in sets) + "\n]\n")


main()
