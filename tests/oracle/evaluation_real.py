"""Numbers of lvis-api and pycocotools on clothing_lvis and coco_small with made detections -> evaluation_real.json.

    LONGTAIL_TEST_DATA=FOLDER python3 tests/oracle/evaluation_real.py     # with lvis==0.5.3 and pycocotools==2.0.11
"""
import copy
import json
import os

from pycocotools import mask as mask_tools

from made_detections import VARIANTS, made_detections
from reference_evaluation import coco_numbers, lvis_numbers

HERE = os.path.dirname(os.path.abspath(__file__))


def rle_of(polygons, image):
    parts = mask_tools.frPyObjects(polygons, image["height"], image["width"])
    return mask_tools.merge(parts)


def detections_of(name, annotations):
    images = {image["id"]: image for image in annotations["images"]}
    objects = {i: [] for i in images}
    for gt in annotations["annotations"]:
        objects[gt["image_id"]].append(gt)
    return made_detections(VARIANTS[name], [images[i] for i in sorted(images)],
                           sorted(c["id"] for c in annotations["categories"]), lambda image: objects[image["id"]],
                           lambda gt: rle_of(gt["segmentation"], images[gt["image_id"]]),
                           lambda polygon, image: rle_of([polygon], image))


def main():
    folder = os.environ["LONGTAIL_TEST_DATA"]
    cases = []
    runs = [("clothing_lvis/val.json", name) for name in VARIANTS] + [("coco_small/val.json", name) for name in VARIANTS]
    runs += [("clothing_lvis/train.json", "noise"), ("coco_small/train.json", "noise")]
    for file, name in runs:
        with open(os.path.join(folder, file)) as f:
            annotations = json.load(f)
        for gt in annotations["annotations"]:
            gt["iscrowd"] = 0
        detections = detections_of(name, annotations)
        for protocol, numbers in [("lvis", lvis_numbers), ("coco", coco_numbers)]:
            case = {"file": file, "variant": name, "protocol": protocol, "detections": len(detections)}
            for iou in ("bbox", "segm"):
                case[iou] = numbers(copy.deepcopy(annotations), copy.deepcopy(detections), iou)
            print(file, name, protocol, case["bbox"]["metrics"]["AP"], case["segm"]["metrics"]["AP"], flush=True)
            cases.append(case)
    with open(os.path.join(HERE, "evaluation_real.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


main()
