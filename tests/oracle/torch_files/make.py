#!/usr/bin/env python3
"""Makes the small files of torch.save() beside this script, which the reader's tests read (PyTorch 1.13, NumPy 1.24).

Values are counted, so that the tests can state them. Run it again only to change the files; the bytes differ by version.
"""

import collections
import pathlib
import pickle
import zipfile

import numpy
import torch

folder = pathlib.Path(__file__).parent


def counted(*shape, dtype=torch.float32):
    count = 1
    for size in shape:
        count *= size
    return torch.arange(count).remainder(7).to(dtype).reshape(shape)


def tensors():
    """Every element type, and the ways in which tensors can lie in memory."""
    base = counted(4, 6)
    result = collections.OrderedDict()
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
                  torch.int16, torch.int8, torch.uint8):
        result[str(dtype).split(".")[1]] = counted(2, 3, dtype=dtype)
    result["bool"] = torch.tensor([True, False, True])
    result["base"] = base
    result["transposed"] = base.t()
    result["slice"] = base[1:3, 2:5]
    result["expanded"] = counted(3, 1).expand(3, 4)
    result["scalar"] = torch.tensor(1.5)
    result["empty"] = torch.empty(0, 3)
    result["parameter"] = torch.nn.Parameter(counted(3))
    return result


def small_net():
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3, bias=False), torch.nn.BatchNorm2d(2), torch.nn.Linear(2, 3))
    with torch.no_grad():
        for value in net.state_dict().values():
            value.copy_(counted(*value.shape))
    return net


def checkpoint():
    """As training programs write it: weights beside options, numbers and the optimiser."""
    net = small_net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(torch.ones(1, 1, 4, 4))[..., 0].sum().backward()
    optimizer.step()
    for value in net.state_dict().values():
        value.copy_(counted(*value.shape))
    return {
        "meta": {"epoch": 3, "CLASSES": ("cat", "d\u00f6g"), "time": "now", "best": numpy.float64(0.5),
                 "history": numpy.arange(3), "seen": {1, 2}, "size": torch.Size([1, 2]), "device": torch.device("cpu"),
                 "large": 2**80, "none": None, "yes": True},
        "state_dict": {"module." + name: value for name, value in net.state_dict().items()},
        "optimizer": optimizer.state_dict(),
    }


def imagenet_checkpoint():
    """As PyTorch's ImageNet example writes it: the best accuracy beside the weights is a tensor too."""
    inner = checkpoint()
    return {"epoch": 3, "arch": "resnet50", "state_dict": inner["state_dict"], "best_acc1": torch.tensor(92.1),
            "optimizer": inner["optimizer"], "scheduler": {"last_epoch": 3}}


torch.save(tensors(), folder / "tensors.pth")
torch.save(tensors(), folder / "tensors_legacy.pth", _use_new_zipfile_serialization=False)
torch.save(tensors(), folder / "tensors_protocol4.pth", pickle_protocol=4)
torch.save(tensors(), folder / "tensors_legacy_protocol5.pth", pickle_protocol=5, _use_new_zipfile_serialization=False)
torch.save({"a": counted(2)}, folder / "tiny.pth")
torch.save({"a": counted(2)}, folder / "tiny_legacy.pth", _use_new_zipfile_serialization=False)
torch.save(small_net().state_dict(), folder / "net.pth")
torch.save(checkpoint(), folder / "checkpoint.pth")
torch.save(checkpoint(), folder / "checkpoint_legacy.pth", _use_new_zipfile_serialization=False)
torch.save(imagenet_checkpoint(), folder / "imagenet.pth")
torch.save(imagenet_checkpoint(), folder / "imagenet_legacy.pth", _use_new_zipfile_serialization=False)
torch.save(small_net(), folder / "whole_module.pth")
torch.jit.save(torch.jit.script(torch.nn.Flatten()), str(folder / "script.pt"))
with open(folder / "plain.pkl", "wb") as out:
    pickle.dump({"weight": [1.0, 2.0]}, out, protocol=2)
with zipfile.ZipFile(folder / "compressed.zip", "w", zipfile.ZIP_DEFLATED) as out:
    out.writestr("x/data.pkl", b"." * 100)


def resnet_names(shortcut, last_layer, prefix):
    """The names of a CIFAR ResNet with one block a layer, as programs differ in them; all tensors are tiny."""
    names = {"conv1.weight": (2, 3, 3, 3), "bn1.weight": (2,), "bn1.running_mean": (2,), "bn1.num_batches_tracked": (),
             "layer2.0.conv1.weight": (4, 2, 3, 3), "layer2.0.bn1.weight": (4,)}
    if shortcut:
        names[f"layer2.0.{shortcut}.0.weight"] = (4, 2, 1, 1)
        names[f"layer2.0.{shortcut}.1.weight"] = (4,)
    names[f"{last_layer}.weight"] = (10, 4)
    names[f"{last_layer}.bias"] = (10,)
    return {prefix + name: counted(*shape) for name, shape in names.items()}


torch.save({"state_dict": resnet_names("shortcut", "linear", "module."), "best_prec1": 92.1}, folder / "cifar_b.pth")
torch.save({"net": resnet_names("", "linear", "module."), "acc": 92.1, "epoch": 1}, folder / "cifar_a.pth")
torch.save(resnet_names("downsample", "fc", ""), folder / "torchvision.pth")
