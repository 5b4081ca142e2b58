#!/usr/bin/env python3
"""Runs longtail's Mask R-CNN and torchvision's by turns; prints milliseconds, ratios and peak memory.

    python3 bench/compare_mask_rcnn.py [--rounds 3] [--threads N] [--only train_step/320] [--core SkylakeX]

Each round measures both within seconds of each other; printed are the medians of the rounds and of their ratios. longtail
chooses its OpenBLAS kernels itself: give the same to both with --core (`longtail doctor` names them). Needs Debian's
python3-torch and python3-torchvision.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = ["train_step/320", "train_step/640", "detect/320", "detect/640"]


def ours(folder, program, threads, env):
    command = [str(folder / "mask_rcnn_bench"), f"--benchmark_filter=^{program}/", "--benchmark_format=json",
               "--benchmark_min_time=8"]
    out = subprocess.run(command, check=True, capture_output=True, text=True,
                         env=dict(env, LONGTAIL_BENCH_THREADS=str(threads))).stdout
    result = json.loads(out)["benchmarks"][0]
    return result["real_time"], result["peak_mb"]


def peer(program, threads, env, channels_last):
    script = str(HERE / "peers" / "mask_rcnn_peer.py")
    command = [sys.executable, script, *program.split("/"), "--threads", str(threads)]
    command += ["--channels-last"] if channels_last else []
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout)
    return result["ms"], result["peak_mb"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=HERE.parent / "build" / "bin")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", nargs="+", default=[""], help="programs whose names begin so")
    parser.add_argument("--core", help="OPENBLAS_CORETYPE for both, such as SkylakeX")
    parser.add_argument("--peer-channels-last", action="store_true", help="give the peer the faster layout too")
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    env = dict(os.environ, GOMP_SPINCOUNT="3000")
    if args.core:
        env["OPENBLAS_CORETYPE"] = args.core
    result = {}
    for program in PROGRAMS:
        if not program.startswith(tuple(args.only)):
            continue
        rounds = [(*ours(args.bin, program, args.threads, env),
                   *peer(program, args.threads, env, args.peer_channels_last)) for _ in range(args.rounds)]
        row = {"longtail_ms": statistics.median(r[0] for r in rounds),
               "peer_ms": statistics.median(r[2] for r in rounds),
               "share": statistics.median(r[0] / r[2] for r in rounds), "longtail_peak_mb": max(r[1] for r in rounds),
               "peer_peak_mb": max(r[3] for r in rounds), "rounds": rounds, "load": os.getloadavg()}
        result[program] = row
        print(f"{program}: longtail {row['longtail_ms']:.0f} ms, torchvision {row['peer_ms']:.0f} ms, "
              f"{row['share']:.2f} of its time; peak {row['longtail_peak_mb']:.0f} and {row['peer_peak_mb']:.0f} MB "
              f"({args.threads} threads, {args.rounds} rounds, load {row['load'][0]:.1f})", flush=True)
    if args.out:
        args.out.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
