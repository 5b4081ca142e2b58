#!/usr/bin/env python3
"""Numbers for Mask R-CNN from torchvision's, with ResNet-18 and narrow heads: python3 mask_rcnn.py > mask_rcnn.json

Weights are not stored: longtail's names (the background behind the classes) are sorted, and the k-th value of the i-th parameter or
buffer is u * scale + offset with
    x = (k + 1 + 1000 i) 48271 mod P,   u = 2 (x^2 mod P) / P - 1,   P = 2^31 - 1,
scale sqrt(6 / values of a row) for weights of more than one dimension (half of it in the backbone, a tenth for boxes), 0.1 for the rest, offset 1 for scales and
variances of norms. Images are waves of 96 x 160 pixels, of which the first uses 90 x 150 and the second all.

Detections: boxes, scores and labels of every fifth, and of some of them a summary of the mask. Training: all losses with every anchor and
proposal sampled, for masks that are the whole image or nothing (torchvision samples its targets from bitmaps), and summaries of
gradients of the losses' sum. All in doubles.
"""
import json
from collections import OrderedDict

import numpy as np
import torch
import torchvision
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.mask_rcnn import MaskRCNN, MaskRCNNHeads, MaskRCNNPredictor
from torchvision.ops import FrozenBatchNorm2d

from waves import rounded, waves

PRIME = 2 ** 31 - 1
CLASSES = 5
SIZES = [(90, 150), (96, 160)]
EVERYTHING = 10 ** 6


def build():
    resnet = torchvision.models.resnet18(norm_layer=FrozenBatchNorm2d)
    layers = {f"layer{i + 1}": str(i) for i in range(4)}
    backbone = BackboneWithFPN(resnet, layers, [64, 128, 256, 512], 8)
    anchors = AnchorGenerator(tuple((s,) for s in (32, 64, 128, 256, 512)), ((0.5, 1.0, 2.0),) * 5)
    return MaskRCNN(backbone, rpn_anchor_generator=anchors,
                    box_head=TwoMLPHead(8 * 49, 12), box_predictor=FastRCNNPredictor(12, CLASSES + 1),
                    mask_head=MaskRCNNHeads(8, (6,), 1), mask_predictor=MaskRCNNPredictor(6, 6, CLASSES + 1),
                    rpn_batch_size_per_image=EVERYTHING, box_batch_size_per_image=EVERYTHING, box_detections_per_img=400)


def our_name(name):
    for theirs, ours in (("backbone.body.", "backbone."), ("backbone.fpn.", "fpn."), ("rpn.head.conv.0.0.", "rpn.head.conv."),
                         ("roi_heads.mask_head.0.0.", "roi_heads.mask_head.mask_fcn1.")):
        if name.startswith(theirs):
            name = ours + name[len(theirs):]
    parts = name.split(".")
    if parts[0] == "fpn" and len(parts) == 5:  # each convolution in a sequence of its own
        del parts[3]
    return ".".join(parts)


def gain(name):
    return 0.5 if name.startswith("backbone") else 0.1 if "bbox_pred" in name else 1


def to_our_rows(name, tensor):
    """The background's rows go from the front to the end, or away."""
    if name.startswith("roi_heads.box_predictor.cls_score"):
        return torch.cat([tensor[1:], tensor[:1]])
    if name.startswith("roi_heads.box_predictor.bbox_pred"):
        return tensor[4:]
    if name.startswith("roi_heads.mask_predictor.mask_fcn_logits"):
        return tensor[1:]
    return tensor


def fill(model):
    state = {our_name(name): tensor for name, tensor in model.state_dict().items()}
    for i, name in enumerate(sorted(state)):
        ours = to_our_rows(name, state[name])
        x = (np.arange(ours.numel(), dtype=np.int64) + (1 + 1000 * i)) * 48271 % PRIME
        values = 2.0 * (x * x % PRIME) / PRIME - 1
        if ours.dim() > 1:
            values *= np.sqrt(6 / ours[0].numel()) * gain(name)
        else:
            is_norm = name.startswith("backbone") and name.endswith(("weight", "running_var"))
            values = 0.1 * values + (1 if is_norm else 0)
        ours = torch.from_numpy(values.reshape(ours.shape))
        if name.startswith("roi_heads.box_predictor.cls_score"):
            ours = torch.cat([ours[-1:], ours[:-1]])
        state[name][len(state[name]) - len(ours):].copy_(ours)


def summary(tensor):
    flat = tensor.detach().double().flatten()
    picked = flat[[0, flat.numel() // 3, flat.numel() - 1]]
    return rounded([flat.mean(), flat.abs().mean(), *picked])


def detections(model, images):
    model.eval()
    with torch.no_grad():
        maps = model.backbone(images.tensors)
        proposals, _ = model.rpn(images, maps)
        found, _ = model.roi_heads(maps, proposals, images.image_sizes)
    result = {"maps": [summary(m) for m in maps.values()], "proposals": [len(p) for p in proposals], "images": []}
    for image in found:
        logits = torch.logit(image["masks"][::100, 0])
        result["images"].append({"count": len(image["scores"]), "boxes": rounded(image["boxes"][::5]),
                                 "scores": rounded(image["scores"][::5]), "labels": (image["labels"][::5] - 1).tolist(),
                                 "masks": [summary(m) for m in logits]})
    return result


def training(model, images):
    model.train()
    full, empty = torch.ones(96, 160, dtype=torch.uint8), torch.zeros(96, 160, dtype=torch.uint8)
    targets = [{"boxes": [[10, 12, 60, 55], [70, 20, 140, 85], [15, 10, 62, 50]], "labels": [1, 4, 2], "masks": [full, empty, full]},
               {"boxes": [[0, 0, 33, 30]], "labels": [5], "masks": [empty]}]
    targets = [{"boxes": torch.tensor(t["boxes"], dtype=torch.float64), "labels": torch.tensor(t["labels"]),
                "masks": torch.stack(t["masks"])} for t in targets]
    maps = model.backbone(images.tensors)
    proposals, rpn = model.rpn(images, maps, targets)
    _, heads = model.roi_heads(maps, proposals, images.image_sizes, targets)
    losses = {**rpn, **heads}
    sum(losses.values()).backward()
    gradients = {}
    for name, parameter in model.named_parameters():
        ours = our_name(name)
        if ours in ("backbone.conv1.weight", "backbone.layer4.1.conv2.weight", "fpn.inner_blocks.0.weight", "fpn.layer_blocks.2.weight",
                    "rpn.head.conv.weight", "rpn.head.bbox_pred.bias", "roi_heads.box_head.fc6.weight",
                    "roi_heads.box_predictor.bbox_pred.weight", "roi_heads.mask_head.mask_fcn1.weight",
                    "roi_heads.mask_predictor.conv5_mask.weight", "roi_heads.mask_predictor.mask_fcn_logits.weight"):
            gradients[ours.replace(".", "/")] = summary(to_our_rows(ours, parameter.grad))
    return {"losses": {name: float(value) for name, value in losses.items()}, "gradients": gradients}


if __name__ == "__main__":
    net = build().double()
    fill(net)
    batch = ImageList(torch.from_numpy(waves((2, 3, 96, 160), 2.0)), SIZES)
    print(json.dumps({"detections": detections(net, batch), "training": training(net, batch)}))
