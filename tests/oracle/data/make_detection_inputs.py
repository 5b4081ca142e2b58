#!/usr/bin/env python3
"""Makes what torchvision's and mmdetection's transforms for detectors turn input.png (61 x 47) into.

detector_after_31_45.f32: torchvision 0.14.1, GeneralizedRCNNTransform(31, 45), [3, 32, 64] with its padding.
detector_before_40_60.png: OpenCV's bilinear scaling of 8-bit values to mmcv's size for scale (60, 40): 52 x 40.
Run again only to add cases:  python3 make_detection_inputs.py
"""
import pathlib

import cv2
import numpy as np
import torchvision.transforms.functional as F
from PIL import Image
from torchvision.models.detection.transform import GeneralizedRCNNTransform

here = pathlib.Path(__file__).parent
image = Image.open(here / "input.png").convert("RGB")

transform = GeneralizedRCNNTransform(31, 45, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
transform.eval()
images, _ = transform([F.to_tensor(image)])
print(images.image_sizes, tuple(images.tensors.shape))
images.tensors[0].numpy().astype("<f4").tofile(here / "detector_after_31_45.f32")

width, height = image.size
scale = min(60 / max(width, height), 40 / min(width, height))
size = int(width * scale + 0.5), int(height * scale + 0.5)
print(size)
Image.fromarray(cv2.resize(np.asarray(image), size, interpolation=cv2.INTER_LINEAR)).save(
    here / "detector_before_40_60.png", optimize=True)
