#!/usr/bin/env python3
"""Images a second of torchvision's DataLoader, with the transforms that loader_bench uses."""
import argparse
import os
import time

import torch
import torchvision.transforms as T
from PIL import Image

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CIFAR = ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
TRANSFORMS = {
    "cifar": [T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(*CIFAR)],
    "imagenet": [T.RandomResizedCrop(224), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(*IMAGENET)],
}


class ListDataset(torch.utils.data.Dataset):
    def __init__(self, root, path, transform):
        with open(path) as file:
            self.samples = [line.rsplit(None, 1) for line in file if line.strip()]
        self.root, self.transform = root, transform

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        path, label = self.samples[index]
        with open(os.path.join(self.root, path), "rb") as file:
            return self.transform(Image.open(file).convert("RGB")), int(label)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root")
    parser.add_argument("list")
    parser.add_argument("--transform", choices=TRANSFORMS, default="cifar")
    parser.add_argument("--threads", type=int, default=2, help="worker processes")
    parser.add_argument("--prefetch", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=3, help="the first one does not count")
    args = parser.parse_args()

    dataset = ListDataset(args.root, args.list, T.Compose(TRANSFORMS[args.transform]))
    workers = {"prefetch_factor": args.prefetch, "persistent_workers": True} if args.threads else {}
    loader = torch.utils.data.DataLoader(dataset, batch_size=args.batch_size, shuffle=True, num_workers=args.threads,
                                         **workers)
    for epoch in range(args.epochs):
        start = time.perf_counter()
        images = sum(len(batch) for batch, _ in loader)
        if epoch > 0 or args.epochs == 1:
            print(f"{images / (time.perf_counter() - start):.1f}", flush=True)


if __name__ == "__main__":
    main()
