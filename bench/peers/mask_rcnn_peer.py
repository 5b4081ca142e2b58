#!/usr/bin/env python3
"""The Mask R-CNN of bench/mask_rcnn_bench.cpp with torchvision: milliseconds as one JSON object.

    python3 bench/peers/mask_rcnn_peer.py train_step 320 [--threads 2] [--seconds 10] [--channels-last]

Both start from the same weights and see the same image and objects. The image is given as the network's input, so that
neither has to normalise it; masks are bitmaps, as torchvision wants them.
"""
import argparse
import json
import math
import os
import resource
import sys
import time

import torch
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import paste_masks_in_image
from torchvision.ops import FrozenBatchNorm2d

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench_numbers import boxes, uniform  # noqa: E402

OUTPUTS = 1231
OBJECTS = 20


def made_up(name, like):
    fan_in = math.prod(like.shape[1:])
    values = (uniform(1, like.numel(), like.numel() % 1009) * 2 - 1).view(like.shape)
    if like.dim() < 2:
        one = "bn" in name or "downsample.1" in name
        offset = 0 if not one else 0.4 if "bn3.weight" in name else 1 if "weight" in name or "var" in name else 0
        return values * 0.1 + offset
    gains = {"rpn.head.bbox_pred": 0.05, "bbox_pred": 0.3, "cls_score": 3, "fpn": 0.3}
    return values * (next((g for key, g in gains.items() if key in name), 1) * math.sqrt(6 / fan_in))


def make_model():
    # As maskrcnn_resnet50_fpn() with pretrained weights makes it: frozen batch norms, three stages trained.
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None, norm_layer=FrozenBatchNorm2d,
                                   trainable_layers=3)
    for module in backbone.modules():
        if isinstance(module, FrozenBatchNorm2d):
            module.eps = 0.0
    model = MaskRCNN(backbone, OUTPUTS)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            tensor.copy_(made_up(name, tensor))
    return model


def make_batch(size):
    image = uniform(3 * size, size, 22).float().view(1, 3, size, size) * 4 - 2
    corners = boxes(OBJECTS, size, size / 10, size / 2, 21)
    masks = torch.zeros(OBJECTS, size, size, dtype=torch.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, corners.round().long().tolist()):
        mask[y1:y2, x1:x2] = 1
    labels = (uniform(OBJECTS, 1, 23) * (OUTPUTS - 1)).long().flatten() + 1
    return image, [{"boxes": corners, "labels": labels, "masks": masks}]


def losses_of(model, images, targets):
    features = model.backbone(images.tensors)
    proposals, rpn = model.rpn(images, features, targets)
    _, heads = model.roi_heads(features, proposals, images.image_sizes, targets)
    return sum({**rpn, **heads}.values())


def train_step(model, image, targets):
    model.train()
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1e-6, momentum=0.9,
                                weight_decay=1e-4)
    images = ImageList(image, [tuple(image.shape[2:])])

    def step():
        optimizer.zero_grad(set_to_none=True)
        losses_of(model, images, targets).backward()
        optimizer.step()
        return 0
    return step


def detect(model, image, targets):
    model.eval()
    images = ImageList(image, [tuple(image.shape[2:])])

    @torch.no_grad()
    def step():
        features = model.backbone(images.tensors)
        proposals, _ = model.rpn(images, features)
        found, _ = model.roi_heads(features, proposals, images.image_sizes)
        pasted = paste_masks_in_image(found[0]["masks"], found[0]["boxes"], images.image_sizes[0])
        return len(pasted > 0.5)
    return step


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", choices=["train_step", "detect"])
    parser.add_argument("size", type=int)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--channels-last", action="store_true", help="not PyTorch's default")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model, (image, targets) = make_model(), make_batch(args.size)
    if args.channels_last:
        model, image = model.to(memory_format=torch.channels_last), image.to(memory_format=torch.channels_last)
    positives = []
    model.roi_heads.mask_head.register_forward_hook(lambda module, inputs, output: positives.append(len(output)))
    step = {"train_step": train_step, "detect": detect}[args.program](model, image, targets)
    for _ in range(2):
        step()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < args.seconds or len(times) < 3:
        begin = time.perf_counter()
        found = step()
        times.append(time.perf_counter() - begin)
    print(json.dumps({"program": args.program, "size": args.size, "ms": 1000 * sum(times) / len(times),
                      "steps": len(times), "detections": found, "masks": positives[-1],
                      "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
