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


def mask_rcnn(style):
    """A Mask R-CNN of 2 classes as its programs name and order it: the k-th tensor holds the numbers from 100 k on."""
    def numbered(k, *shape):
        return torch.arange(100 * k, 100 * k + torch.Size(shape).numel(), dtype=torch.float32).reshape(shape)

    torchvision, new = style.startswith("torchvision"), style == "torchvision_new"
    classifier, boxes, masks = numbered(6, 3, 3), numbered(7, 8, 3), numbered(8, 2, 2, 1, 1)
    if torchvision:
        classifier = torch.cat([classifier[-1:], classifier[:-1]])
        boxes = torch.cat([torch.full((4, 3), -1.0), boxes])
        masks = torch.cat([torch.full((1, 2, 1, 1), -1.0), masks])
    names = {
        "torchvision_new": [
            "backbone.body.layer1.0.bn1.running_var", "backbone.fpn.inner_blocks.1.0.weight",
            "backbone.fpn.layer_blocks.3.0.bias", "rpn.head.conv.0.0.weight", "rpn.head.cls_logits.bias",
            "roi_heads.box_head.fc7.weight", "roi_heads.box_predictor.cls_score.weight",
            "roi_heads.box_predictor.bbox_pred.weight", "roi_heads.mask_predictor.mask_fcn_logits.weight",
            "roi_heads.mask_head.2.0.bias", "roi_heads.mask_predictor.conv5_mask.weight"],
        "mmdetection": ["backbone.layer1.0.bn1.running_var", "neck.lateral_convs.1.conv.weight",
                        "neck.fpn_convs.3.conv.bias", "rpn_head.rpn_conv.weight", "rpn_head.rpn_cls.bias",
                        "roi_head.bbox_head.shared_fcs.1.weight", "roi_head.bbox_head.fc_cls.weight",
                        "roi_head.bbox_head.fc_reg.weight", "roi_head.mask_head.conv_logits.weight",
                        "roi_head.mask_head.convs.2.conv.bias", "roi_head.mask_head.upsample.weight"]}
    names["torchvision_old"] = [name.replace("conv.0.0", "conv").replace("mask_head.2.0", "mask_head.mask_fcn3")
                                .replace("blocks.1.0", "blocks.1").replace("blocks.3.0", "blocks.3")
                                for name in names["torchvision_new"]]
    tensors = [numbered(0, 2), numbered(1, 2, 2, 1, 1), numbered(2, 2), numbered(3, 2, 2, 3, 3), numbered(4, 3),
               numbered(5, 3, 3), classifier, boxes, masks, numbered(9, 2), numbered(10, 2, 2, 2, 2)]
    state = collections.OrderedDict(zip(names[style], tensors))
    if style == "mmdetection":  # and what the authors of PCB added
        state["roi_head.cls_sub_module.layers.fc1.weight"] = numbered(11, 5, 3)
        state["roi_head.cls_sub_module.layer_norm.bias"] = numbered(12, 3)
        state["roi_head.loc_sub_module.layers.fc2.bias"] = numbered(13, 4)
        state["roi_head.bbox_head.loss_cls.fg_confusion_matrix"] = numbered(14, 2, 2)
        state["roi_head.bbox_head.loss_cls.num_inst_cnt"] = torch.tensor([7.0, 0.0])
        state["roi_head.bbox_head.loss_cls.cum_samples"] = torch.tensor([7.0, 0.0, 99.0])
        state["roi_head.bbox_head.loss_cls._epoch"] = torch.tensor([24.0])
        return {"meta": {"CLASSES": ("cat", "dog"), "mmdet_version": "2.16.0", "epoch": 24}, "state_dict": state,
                "optimizer": {"state": {}, "param_groups": []}}
    return state


for name in ("torchvision_old", "torchvision_new", "mmdetection"):
    torch.save(mask_rcnn(name), folder / f"mask_rcnn_{name}.pth")
