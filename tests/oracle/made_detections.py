"""Detections made from ground truth, the same in Python and in tests/unit/evaluation/made_detections.h: every number
comes from one linear congruential generator by additions, multiplications and divisions of doubles."""


class Lcg:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        return self.state >> 33

    def uniform(self):
        return self.next() / 2147483648.0

    def below(self, count):
        return self.next() % count


# copies: detections of each object are 0 ... copies; noise: detections of nothing on each image; jitter: how far boxes
# are off, of their size; scores: how many different ones there are.
VARIANTS = {
    "noise": dict(seed=1, copies=2, noise=20, jitter=0.5, scores=1000, box=True, mask=True, strange=False),
    "ties": dict(seed=2, copies=3, noise=10, jitter=0.0, scores=3, box=True, mask=True, strange=False),
    "crowded": dict(seed=3, copies=2, noise=330, jitter=0.3, scores=50, box=True, mask=True, strange=False),
    "near_perfect": dict(seed=4, copies=1, noise=0, jitter=0.02, scores=100000, box=True, mask=True, strange=False),
    "masks_only": dict(seed=5, copies=2, noise=15, jitter=0.3, scores=100, box=False, mask=True, strange=False),
    "boxes_only": dict(seed=6, copies=2, noise=15, jitter=0.3, scores=100, box=True, mask=False, strange=False),
    "strange": dict(seed=7, copies=2, noise=40, jitter=0.3, scores=100, box=True, mask=True, strange=True),
}


def jittered(lcg, box, jitter):
    x, y, w, h = box
    dx = (lcg.uniform() - 0.5) * jitter * w
    dy = (lcg.uniform() - 0.5) * jitter * h
    sw = 1 + (lcg.uniform() - 0.5) * jitter
    sh = 1 + (lcg.uniform() - 0.5) * jitter
    return [x + dx, y + dy, w * sw, h * sh]


def hexagon(box):
    x, y, w, h = box
    return [x + w * 0.25, y, x + w * 0.75, y, x + w, y + h * 0.5, x + w * 0.75, y + h, x + w * 0.25, y + h, x, y + h * 0.5]


def detection(lcg, variant, image_id, category_id, box, own_mask, to_rle):
    out = {"image_id": image_id, "category_id": category_id, "score": lcg.below(variant["scores"]) / variant["scores"]}
    zero_area = variant["strange"] and lcg.below(10) == 0
    keep_mask = own_mask is not None and lcg.below(2) == 0
    if variant["strange"] and lcg.below(10) == 0:
        out["category_id"] = 1000000 + lcg.below(3)
    if variant["mask"]:
        out["segmentation"] = own_mask if keep_mask else to_rle(hexagon(box))
    if variant["box"]:
        out["bbox"] = [box[0], box[1], 0.0, box[3]] if zero_area else box
    return out


def made_detections(variant, images, category_ids, objects_of, mask_of, polygon_to_rle):
    """`images` and `category_ids` ascend by id; objects_of(image) in the file's order."""
    lcg, out = Lcg(variant["seed"]), []
    for image in images:
        def add(category_id, box, own_mask):
            to_rle = lambda polygon: polygon_to_rle(polygon, image)
            out.append(detection(lcg, variant, image["id"], category_id, box, own_mask, to_rle))
        for gt in objects_of(image):
            for _ in range(lcg.below(variant["copies"] + 1)):
                category_id = gt["category_id"] if lcg.below(10) < 8 else category_ids[lcg.below(len(category_ids))]
                add(category_id, jittered(lcg, gt["bbox"], variant["jitter"]), mask_of(gt))
        for _ in range(variant["noise"]):
            category_id = category_ids[lcg.below(len(category_ids))]
            x, y = lcg.uniform() * image["width"] * 0.9, lcg.uniform() * image["height"] * 0.9
            w, h = 1 + lcg.uniform() * image["width"] * 0.3, 1 + lcg.uniform() * image["height"] * 0.3
            add(category_id, [x, y, w, h], None)
    return out
