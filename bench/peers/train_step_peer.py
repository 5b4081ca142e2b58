#!/usr/bin/env python3
"""The training step of bench/train_step_bench.cpp in plain PyTorch and torchvision: images per second as one JSON object.

    python3 bench/peers/train_step_peer.py --net resnet32 --steps 10 [--threads 2] [--channels-last]
"""
import argparse
import json
import os
import sys
import time

import torch
import torch.nn.functional as F
import torchvision

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cifar_peer import CifarResNet  # noqa: E402  (the same network as the accuracy peer)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--net", choices=["resnet32", "resnet50"], required=True)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--channels-last", action="store_true", help="the faster layout, which is not PyTorch's default")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    if args.net == "resnet32":
        net, batch, size, classes = CifarResNet(32, 10), 128, 32, 10
    else:
        net, batch, size, classes = torchvision.models.resnet50(), 8, 224, 1000
    images, labels = torch.randn(batch, 3, size, size), torch.randint(classes, (batch,))
    if args.channels_last:
        net, images = net.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(images), labels).backward()
        optimizer.step()

    for _ in range(2):
        step()
    start = time.perf_counter()
    for _ in range(args.steps):
        step()
    seconds = (time.perf_counter() - start) / args.steps
    print(json.dumps({"net": args.net, "ms": 1000 * seconds, "images_per_second": batch / seconds}))


if __name__ == "__main__":
    main()
