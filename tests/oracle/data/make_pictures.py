#!/usr/bin/env python3
"""Makes the pictures beside this file: inputs, and what Pillow and torchvision turn them into.

Made with Pillow 9.4 and torchvision 0.14.1. Run again only to add cases:  python3 make_pictures.py
"""
import pathlib

import numpy as np
import torchvision.transforms.functional as F
from PIL import Image, ImageEnhance

here = pathlib.Path(__file__).parent


def scene(height, width, seed):
    """Edges, gradients and noise: what scaling and JPEG treat differently."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([x * 255 / width, y * 255 / height, 128 + 127 * np.sin(x * y / 40)], axis=-1)
    picture[height // 4:height // 2, width // 3:width // 2] = [250, 20, 90]
    return np.clip(picture + rng.normal(0, 12, picture.shape), 0, 255).astype(np.uint8)


def save(image, name):
    image.save(here / name, optimize=True)


image = Image.fromarray(scene(47, 61, 1))
save(image, "input.png")
image.save(here / "input_420.jpg", quality=85, subsampling="4:2:0")
image.save(here / "input_422_progressive.jpg", quality=85, subsampling="4:2:2", progressive=True)
image.convert("L").save(here / "input_grey.jpg", quality=85)
image.convert("CMYK").save(here / "input_cmyk.jpg", quality=90)
for stem in ("input_420", "input_422_progressive", "input_grey", "input_cmyk"):
    save(Image.open(here / f"{stem}.jpg").convert("RGB"), f"{stem}_decoded.png")

save(image.resize((19, 13), Image.BILINEAR), "resize_13x19.png")
save(image.resize((97, 101), Image.BILINEAR), "resize_101x97.png")
save(image.resize((61, 20), Image.BILINEAR), "resize_20x61.png")
save(F.resized_crop(image, 5, 9, 31, 40, [24, 24]), "resized_crop_5_9_31_40.png")
save(F.center_crop(F.resize(image, 32), [28]), "resize_32_center_28.png")
save(F.center_crop(F.resize(image.transpose(Image.ROTATE_90), 33), [28]), "rotated_resize_33_center_28.png")
save(image.transpose(Image.ROTATE_90), "rotated.png")

save(ImageEnhance.Brightness(image).enhance(1.31), "brightness_1.31.png")
save(ImageEnhance.Contrast(image).enhance(0.73), "contrast_0.73.png")
save(ImageEnhance.Contrast(image).enhance(1.4), "contrast_1.4.png")
save(ImageEnhance.Color(image).enhance(0.62), "saturation_0.62.png")
save(ImageEnhance.Color(image).enhance(1.37), "saturation_1.37.png")

# RandomCrop(32, padding=4) with the corner at row 7, column 2 of the padded picture, mirrored, normalised.
small = F.resize(image, [32, 32])
save(small, "small.png")
mean, std = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
cropped = F.hflip(F.crop(F.pad(small, 4), 7, 2, 32, 32))
F.normalize(F.to_tensor(cropped), mean, std).numpy().astype("<f4").tofile(here / "cifar_7_2_mirrored.f32")
