#!/usr/bin/env python3
"""`longtail evaluate` beside lvis-api on the same files: wall time and peak memory of whole processes, and whether the
numbers agree. Needs lvis and pycocotools in the Python that runs it.

    python3 bench/compare_evaluate.py --longtail build/bin/longtail [--images 2000] [--rounds 3]
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def measured(command):
    """Output, seconds, seconds of CPU and peak megabytes of a process."""
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begin
        if status != 0:
            sys.exit(f"{' '.join(command)}: ended with status {status}")
        out.seek(0)
        return out.read(), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def median(command, rounds):
    runs = [measured(command) for _ in range(rounds)]
    return (runs[0][0], *(statistics.median(run[i] for run in runs) for i in (1, 2, 3)))


def worst_difference(a, b):
    return max(abs(a[name] - b[name]) for name in a)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--longtail", default="build/bin/longtail")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3, help="of longtail; lvis-api runs once")
    parser.add_argument("--folder", default="", help="where the files are made and kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or temporary
        annotations, results = os.path.join(folder, "annotations.json"), os.path.join(folder, "results.json")
        if not os.path.exists(results):
            os.makedirs(folder, exist_ok=True)
            subprocess.check_call([sys.executable, os.path.join(HERE, "make_annotations.py"), annotations, "--images",
                                   str(arguments.images), "--objects", str(12 * arguments.images)])
            subprocess.check_call([sys.executable, os.path.join(HERE, "make_results.py"), annotations, results])
        print(f"{arguments.images} images, 1203 classes, 300 detections an image, "
              f"{os.path.getsize(results) / 1e6:.0f} MB of results")
        for kind in ("bbox", "segm"):
            ours, *mine = median([arguments.longtail, "evaluate", "--annotations", annotations, "--results", results,
                                  "--iou", kind, "--json"], arguments.rounds)
            peer, *theirs = measured([sys.executable, os.path.join(HERE, "peers", "lvis_peer.py"), annotations, results,
                                      kind])
            wall, cpu, memory = (b / a for a, b in zip(mine, theirs))
            print(f"{kind}: longtail {mine[0]:.2f} s ({mine[1]:.2f} s of CPU), {mine[2]:.0f} MB; "
                  f"lvis-api {theirs[0]:.1f} s ({theirs[1]:.1f} s of CPU), {theirs[2]:.0f} MB; "
                  f"{wall:.0f}x less time, {cpu:.0f}x less CPU time, {memory:.1f}x less memory; "
                  f"largest difference of a metric {worst_difference(json.loads(peer)[kind], json.loads(ours)[kind]):.1e}",
                  flush=True)


main()
