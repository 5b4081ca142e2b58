#!/usr/bin/env python3
"""Runs longtail's training step and the PyTorch peer by turns and prints images per second and the ratio.

    python3 bench/compare.py --bin build/bin [--rounds 5] [--threads N] [--net resnet32 resnet50] [--out result.json]

By turns, because the speed of a shared machine drifts: each round measures both within seconds of each other, and the
printed ratio is the median of the rounds' ratios. Needs Debian's python3-torch and python3-torchvision.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
STEPS = {"resnet32": 8, "resnet50": 5}


def ours(folder, net, threads):
    command = [str(folder / "train_step_bench"), f"--benchmark_filter=train_step/{net}/", "--benchmark_format=json",
               "--benchmark_min_time=2"]
    env = dict(os.environ, LONGTAIL_BENCH_THREADS=str(threads))
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
    return json.loads(out)["benchmarks"][0]["items_per_second"]


def peer(net, threads, channels_last):
    command = [sys.executable, str(HERE / "peers" / "train_step_peer.py"), "--net", net, "--steps", str(STEPS[net]),
               "--threads", str(threads)] + (["--channels-last"] if channels_last else [])
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(out)["images_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=HERE.parent / "build" / "bin")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--net", nargs="+", default=list(STEPS), choices=list(STEPS))
    parser.add_argument("--peer-channels-last", action="store_true", help="give the peer the faster layout too")
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    result = {}
    for net in args.net:
        rounds = [(ours(args.bin, net, args.threads), peer(net, args.threads, args.peer_channels_last))
                  for _ in range(args.rounds)]
        result[net] = {"longtail": statistics.median(a for a, _ in rounds),
                       "peer": statistics.median(b for _, b in rounds),
                       "ratio": statistics.median(a / b for a, b in rounds),
                       "rounds": rounds}
        row = result[net]
        print(f"{net}: longtail {row['longtail']:.1f} images/s, PyTorch {row['peer']:.1f} images/s, "
              f"ratio {row['ratio']:.3f} ({args.threads} threads, {args.rounds} rounds)", flush=True)
    if args.out:
        args.out.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
