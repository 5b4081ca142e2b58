#!/usr/bin/env python3
"""Numbers for the backbones from torchvision's networks: python3 resnet.py > resnet.json

Weights are not stored: the k-th value of the i-th parameter or buffer in the order of the names is u * scale + offset with
    x = (k + 1 + 1000 i) 48271 mod P,   u = 2 (x^2 mod P) / P - 1,   P = 2^31 - 1,
scale sqrt(6 / fan_in) for convolutions, 0.1 for the rest, offset 1 for scales and variances. The images are waves. Of each
stage's map the mean, the mean magnitude and three single values are kept; of the gradients (of the sum of pooled * waves)
sum and magnitude of some parameters. All in doubles: small batches make batch norms sensitive.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F
import torchvision

from waves import rounded, waves


PRIME = 2 ** 31 - 1


def fill(net):
    state = net.state_dict()
    for i, name in enumerate(sorted(state)):
        tensor = state[name]
        if name.endswith("num_batches_tracked"):
            continue
        x = (np.arange(tensor.numel(), dtype=np.int64) + (1 + 1000 * i)) * 48271 % PRIME
        values = 2.0 * (x * x % PRIME) / PRIME - 1
        if tensor.dim() == 4:
            values *= np.sqrt(6 / tensor[0].numel())
        else:
            offset = 1 if name.endswith(("weight", "running_var")) else 0
            values = 0.1 * values + offset
        tensor.copy_(torch.from_numpy(values.reshape(tensor.shape)))


def summary(tensor):
    flat = tensor.detach().double().flatten()
    picked = flat[[0, flat.numel() // 3, flat.numel() - 1]]
    return rounded([flat.mean(), flat.abs().mean(), *picked])


def stages(net, x):
    x = net.relu(net.bn1(net.conv1(x)))
    if hasattr(net, "maxpool"):
        x = net.maxpool(x)
    maps = []
    for name in ("layer1", "layer2", "layer3", "layer4"):
        if hasattr(net, name):
            x = getattr(net, name)(x)
            maps.append(x)
    return maps


def case(net, size, gradients):
    fill(net.double())
    images = torch.from_numpy(waves((4, 3, size, size), 1.0))
    net.eval()
    result = {"eval": [summary(m) for m in stages(net, images)]}
    net.train()
    maps = stages(net, images)
    result["train"] = [summary(m) for m in maps]
    pooled = maps[-1].mean((2, 3))
    (pooled * torch.from_numpy(waves(tuple(pooled.shape), 1.0, 3))).sum().backward()
    named = dict(net.named_parameters())
    result["gradients"] = {name.replace(".", "/"): summary(named[name].grad) for name in gradients}
    result["running"] = summary(net.bn1.running_var)
    return result


def without_fc(net):
    del net.fc
    return net


class Block(torch.nn.Module):
    """CIFAR's basic block with zero-padded shortcuts (He et al., option A)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(outputs)
        self.conv2 = torch.nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(outputs)
        self.stride, self.missing = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        half = self.missing // 2
        return F.relu(y + F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, half, half)))


class CifarNet(torch.nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(16)
        self.relu = torch.nn.ReLU()
        inputs = 16
        for i, width in enumerate((16, 32, 64)):
            layer = [Block(inputs if k == 0 else width, width, 2 if k == 0 and i > 0 else 1) for k in range(blocks)]
            setattr(self, f"layer{i + 1}", torch.nn.Sequential(*layer))
            inputs = width


if __name__ == "__main__":
    torch.manual_seed(0)
    models = torchvision.models
    print(json.dumps({
        "resnet18": case(without_fc(models.resnet18()), 64, ["conv1.weight", "layer2.0.downsample.0.weight"]),
        "resnet50": case(without_fc(models.resnet50()), 64, ["conv1.weight", "layer4.0.conv2.weight", "bn1.bias"]),
        "resnext50": case(without_fc(models.resnext50_32x4d()), 64, ["conv1.weight", "layer3.1.conv2.weight"]),
        "resnet20": case(CifarNet(3), 32, ["conv1.weight", "layer2.0.conv1.weight", "layer3.2.bn2.weight"]),
    }))
