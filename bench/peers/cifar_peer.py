#!/usr/bin/env python3
"""CIFAR-10-LT in plain PyTorch: the peer that longtail's own runs are compared with.

The same lists, network (CIFAR ResNet, option-A shortcuts), recipe and evaluation as configs/tables/cifar10_lt.yaml, with
nothing but torch and torchvision. Needs Debian's python3-torch and python3-torchvision (1.13 and 0.14, or newer).

    python3 bench/peers/cifar_peer.py --root DATA --train DATA/cifar10_lt100_train.txt --val DATA/cifar10_test.txt \
        --depth 32 --epochs 30 --milestones 20 26 --loss ce --seed 0

Prints a line an epoch on stderr and one JSON object on stdout; accuracies are per-class averages in [0, 1].
"""
import argparse
import json
import math
import pathlib
import random
import sys
import time

import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)


class ListDataset(Dataset):
    """Lines of `relative/path label`."""

    def __init__(self, root, list_file, transform):
        lines = [line.rsplit(maxsplit=1) for line in pathlib.Path(list_file).read_text().splitlines() if line.strip()]
        self.items = [(pathlib.Path(root) / path, int(label)) for path, label in lines]
        self.transform = transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        path, label = self.items[index]
        with Image.open(path) as image:
            return self.transform(image.convert("RGB")), label


class BasicBlock(nn.Module):
    """Two 3x3 convolutions; where the shape changes the shortcut is strided and padded with zero channels (option A)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.padding = stride, (outputs - inputs) // 2

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        if self.stride != 1:
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.padding, self.padding))
        return F.relu(out + x, inplace=True)


class CifarResNet(nn.Module):
    def __init__(self, depth, num_classes):
        super().__init__()
        blocks, remainder = divmod(depth - 2, 6)
        if remainder:
            raise SystemExit(f"--depth {depth}: a CIFAR ResNet has 6n+2 layers (20, 32, 44, 56)")
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        layers, inputs = [], 16
        for stage, outputs in enumerate((16, 32, 64)):
            for block in range(blocks):
                layers.append(BasicBlock(inputs, outputs, 2 if stage and not block else 1))
                inputs = outputs
        self.blocks = nn.Sequential(*layers)
        self.linear = nn.Linear(64, num_classes)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.linear(self.blocks(x).mean((2, 3)))


def learning_rate(args, iteration, per_epoch):
    """Steps at the milestones; linear from warmup_factor to 1 over the warm-up. Set before each iteration."""
    rate = args.learning_rate * args.gamma ** sum(iteration >= m * per_epoch for m in args.milestones)
    warmup = args.warmup_iterations or args.warmup_epochs * per_epoch
    if iteration < warmup:
        rate *= args.warmup_factor + (1 - args.warmup_factor) * iteration / warmup
    return rate


@torch.no_grad()
def evaluate(model, loader, counts, args):
    model.eval()
    classes = len(counts)
    right, total = torch.zeros(classes), torch.zeros(classes)
    for images, labels in loader:
        hit = (model(images).argmax(1) == labels).float()
        right.index_add_(0, labels, hit)
        total.index_add_(0, labels, torch.ones_like(hit))
    accuracy = right / total.clamp(min=1)
    seen = total > 0

    def mean(mask):
        mask = mask & seen
        return round(accuracy[mask].mean().item(), 6) if mask.any() else -1
    many, few = counts > args.many_above, counts < args.few_below
    return {"many": mean(many), "medium": mean(~many & ~few), "few": mean(few), "overall": mean(seen)}


def train(args):
    random.seed(args.seed)
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    normalise = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    augment = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
    training = ListDataset(args.root, args.train, transforms.Compose(augment + normalise))
    testing = ListDataset(args.root, args.val, transforms.Compose(normalise))
    counts = torch.bincount(torch.tensor([label for _, label in training.items]))
    log_prior = counts.float().log() if args.loss == "bsce" else 0.0

    persistent = args.workers > 0
    loader = DataLoader(training, args.batch_size, shuffle=True, drop_last=True, num_workers=args.workers,
                        persistent_workers=persistent)
    test_loader = DataLoader(testing, 250, num_workers=args.workers)
    model = CifarResNet(args.depth, len(counts))
    optimizer = torch.optim.SGD(model.parameters(), args.learning_rate, momentum=0.9, weight_decay=args.weight_decay)

    iteration, epoch_seconds, begin = 0, [], time.perf_counter()
    for epoch in range(1, args.epochs + 1):
        model.train()
        start, loss_sum = time.perf_counter(), 0.0
        for batch, (images, labels) in enumerate(loader, 1):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(args, iteration, len(loader))
            loss = F.cross_entropy(model(images) + log_prior, labels)
            if not math.isfinite(loss.item()):
                raise SystemExit(f"the loss is {loss.item()} at iteration {iteration}")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            iteration += 1
            loss_sum += loss.item()
            if batch == args.limit_batches:
                break
        epoch_seconds.append(time.perf_counter() - start)
        print(f"epoch {epoch:3d}  loss {loss_sum / batch:.4f}  {epoch_seconds[-1]:.1f} s", file=sys.stderr, flush=True)
    train_seconds = time.perf_counter() - begin
    return {
        "name": f"peer_resnet{args.depth}_{args.loss}", "seed": args.seed, "epochs": args.epochs,
        "metrics": {"accuracy": evaluate(model, test_loader, counts, args)},
        "train_seconds": round(train_seconds, 2),
        "seconds_per_epoch": round(sorted(epoch_seconds)[len(epoch_seconds) // 2], 3),
        "images_per_second": round(batch * args.batch_size / sorted(epoch_seconds)[len(epoch_seconds) // 2], 1),
        "torch": torch.__version__, "threads": torch.get_num_threads(), "workers": args.workers,
    }


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True, help="folder that the paths in the lists are relative to")
    parser.add_argument("--train", required=True, help="list file")
    parser.add_argument("--val", required=True, help="list file")
    parser.add_argument("--depth", type=int, default=32)
    parser.add_argument("--loss", choices=("ce", "bsce"), default="ce")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--milestones", type=int, nargs="*", default=[20, 26])
    parser.add_argument("--gamma", type=float, default=0.1)
    parser.add_argument("--warmup-epochs", type=int, default=0)
    parser.add_argument("--warmup-iterations", type=int, default=0)
    parser.add_argument("--warmup-factor", type=float, default=0.001)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--limit-batches", type=int, default=0, help="stop an epoch after this many batches (0: do not)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=0, help="of LibTorch (0: its own choice)")
    parser.add_argument("--many-above", type=int, default=1000)
    parser.add_argument("--few-below", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    print(json.dumps(train(arguments())))
