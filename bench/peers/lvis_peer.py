#!/usr/bin/env python3
"""lvis-api on an annotation file and a results file, or loading the annotations alone: prints the metrics as JSON.

    python3 bench/peers/lvis_peer.py annotations.json results.json bbox|segm
    python3 bench/peers/lvis_peer.py annotations.json
"""
import json
import logging
import sys

import numpy as np

np.float = float  # lvis-api is older than numpy 1.24
logging.disable(logging.WARNING)

from lvis import LVIS, LVISEval, LVISResults  # noqa: E402


def main():
    ground_truth = LVIS(sys.argv[1])
    if len(sys.argv) == 2:
        print(json.dumps({"objects": len(ground_truth.anns)}))
        return
    run = LVISEval(ground_truth, LVISResults(ground_truth, sys.argv[2]), sys.argv[3])
    run.run()
    print(json.dumps({sys.argv[3]: {name: float(value) for name, value in run.get_results().items()}}))


main()
