"""Runs lvis-api 0.5.3 or pycocotools 2.0.11 and collects their numbers."""
import contextlib
import io
import logging

import numpy as np

np.float = float  # lvis-api is older than numpy 1.24
logging.disable(logging.WARNING)

from lvis import LVIS, LVISEval, LVISResults  # noqa: E402
from pycocotools.coco import COCO  # noqa: E402
from pycocotools.cocoeval import COCOeval  # noqa: E402

COCO_NAMES = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR@1", "AR@10", "AR@100", "ARs@100", "ARm@100", "ARl@100"]


def class_ap(precision):
    """[thresholds, recalls, classes] -> AP of each class."""
    return [float(np.mean(p[p > -1])) if (p > -1).any() else -1.0 for p in np.moveaxis(precision, 2, 0)]


def lvis_numbers(annotations, detections, iou, max_dets=300):
    gt = LVIS.__new__(LVIS)
    gt.logger, gt.dataset = logging.getLogger("lvis"), annotations
    gt._create_index()
    run = LVISEval(gt, LVISResults(gt, detections, max_dets), iou)
    run.params.max_dets = max_dets
    run.run()
    return {"metrics": {k: float(v) for k, v in run.get_results().items()},
            "class_ap": class_ap(run.eval["precision"][:, :, :, 0])}


def coco_numbers(annotations, detections, iou):
    with contextlib.redirect_stdout(io.StringIO()):
        gt = COCO()
        gt.dataset = annotations
        gt.createIndex()
        run = COCOeval(gt, gt.loadRes(detections), iou)
        run.evaluate()
        run.accumulate()
        run.summarize()
    return {"metrics": dict(zip(COCO_NAMES, map(float, run.stats))),
            "class_ap": class_ap(run.eval["precision"][:, :, :, 0, 2])}
