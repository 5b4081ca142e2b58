#!/usr/bin/env python3
"""Runs longtail's operations on boxes and masks and torchvision's by turns; prints milliseconds and ratios.

    python3 bench/compare_ops.py --bin build/bin [--rounds 3] [--threads N] [--only nms paste] [--out result.json]

Each round measures both within seconds of each other; printed are the medians of the rounds and of their ratios. Needs
Debian's python3-torch and python3-torchvision, and pycocotools for the masks (on PYTHONPATH).
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = ["roi_align_step/sampling2_forward", "roi_align_step/sampling2", "roi_align_step/adaptive_forward",
            "roi_align_step/adaptive", "roi_align_step/masks", "nms_classes/1000", "nms_classes/10000", "nms_levels",
            "paste/corners"]


def ours(folder, program, threads):
    command = [str(folder / "ops_bench"), f"--benchmark_filter=^{program}(/real_time)?$", "--benchmark_format=json",
               "--benchmark_min_time=1"]
    env = dict(os.environ, LONGTAIL_BENCH_THREADS=str(threads))
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
    return json.loads(out)["benchmarks"][0]["real_time"]


def peer(program, threads):
    command = [sys.executable, str(HERE / "peers" / "ops_peer.py"), program, "--threads", str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=HERE.parent / "build" / "bin")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", nargs="+", default=[""], help="programs whose names begin so")
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    result = {}
    for program in PROGRAMS:
        if not program.startswith(tuple(args.only)):
            continue
        rounds = [(ours(args.bin, program, args.threads), peer(program, args.threads)) for _ in range(args.rounds)]
        row = {"longtail_ms": statistics.median(a for a, _ in rounds),
               "peer_ms": statistics.median(b for _, b in rounds),
               "ratio": statistics.median(b / a for a, b in rounds), "rounds": rounds}
        result[program] = row
        print(f"{program}: longtail {row['longtail_ms']:.3f} ms, torchvision {row['peer_ms']:.2f} ms, "
              f"{row['ratio']:.1f} times as fast ({args.threads} threads, {args.rounds} rounds)", flush=True)
    if args.out:
        args.out.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
