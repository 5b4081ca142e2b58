#!/usr/bin/env python3
"""Loader throughput beside torchvision's DataLoader: the same pictures, transform, batch size and number of workers.

Runs both in turn, several times, and prints the medians in images a second:

    bench/compare_loader.py build/bin/loader_bench ROOT LIST [--transform imagenet] [--threads 2]
"""
import argparse
import pathlib
import statistics
import subprocess
import sys


def measure(command):
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(line) for line in out.split()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", help="the program loader_bench")
    parser.add_argument("root")
    parser.add_argument("list")
    parser.add_argument("--transform", choices=("cifar", "imagenet"), default="cifar")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--batch-size", default="128")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has torchvision")
    args = parser.parse_args()

    peer = pathlib.Path(__file__).parent / "peers" / "loader_peer.py"
    options = [args.root, args.list, "--transform", args.transform, "--threads", args.threads, "--batch-size",
               args.batch_size]
    ours, theirs = [], []
    for _ in range(args.rounds):
        ours += measure([args.bench, *options])
        theirs += measure([args.python, str(peer), *options])
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    print(f"{args.transform}, {args.threads} workers: longtail {ours:.0f} images/s, torchvision {theirs:.0f} images/s, "
          f"ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
