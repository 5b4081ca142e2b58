#!/usr/bin/env python3
"""Reading annotations beside json.load and an index of dictionaries, as lvis-api does it: time and peak memory.

    python3 bench/compare_annotations.py --bin build/bin [--objects 115000]          # 100 MB
    python3 bench/compare_annotations.py --bin build/bin --objects 1270000 --images 100000 --no-peer   # LVIS v1: 1.2 GB
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PEER = """
import collections, json, resource, sys, time
begin, cpu = time.monotonic(), time.process_time()
with open(sys.argv[1]) as f:
    data = json.load(f)
anns, imgs, cats, of_image = {}, {}, {}, collections.defaultdict(list)
for ann in data["annotations"]:
    of_image[ann["image_id"]].append(ann)
    anns[ann["id"]] = ann
for img in data["images"]:
    imgs[img["id"]] = img
for cat in data["categories"]:
    cats[cat["id"]] = cat
print(json.dumps({"objects": len(anns), "seconds": time.monotonic() - begin, "cpu_seconds": time.process_time() - cpu,
                  "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def best(command, rounds):
    """Of several runs, the one that was disturbed least."""
    runs = [json.loads(subprocess.check_output(command)) for _ in range(rounds)]
    return min(runs, key=lambda run: run["seconds"])


def text(run):
    return f"{run['seconds']:.2f} s ({run['cpu_seconds']:.2f} s of CPU), {run['megabytes']:.0f} MB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--objects", type=int, default=115000)
    parser.add_argument("--images", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--file", default="", help="an annotation file to read instead of a made one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = arguments.file or os.path.join(folder, "annotations.json")
        if not arguments.file:
            subprocess.check_call([sys.executable, os.path.join(HERE, "make_annotations.py"), file, "--images",
                                   str(arguments.images), "--objects", str(arguments.objects)])
        print(f"{os.path.getsize(file) / 1e6:.0f} MB")
        ours = best([os.path.join(arguments.bin, "annotations_bench"), file], arguments.rounds)
        print(f"longtail   {text(ours)}, {ours['objects']} objects", flush=True)
        if arguments.no_peer:
            return
        peer = best([sys.executable, "-c", PEER, file], arguments.rounds)
        print(f"json.load  {text(peer)}; {peer['seconds'] / ours['seconds']:.0f}x the time, "
              f"{peer['cpu_seconds'] / ours['cpu_seconds']:.0f}x the CPU time")


main()
