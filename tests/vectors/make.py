"""Makes the reference values of the learning code, one JSON file beside each script.

    python -m pip install -r tests/bench/peers-requirements.txt
    python tests/vectors/make.py [NAME …]      e.g. contrastive optimizers; all by default

torch 2.15.0, torchvision 0.29.2, lightly 1.6.0, timm 1.0.31, scikit-learn 1.9.1, numpy 2.4.6. Where a
method's papers, lightly and solo-learn disagree, the script's header says which one is followed, why.
What follows solo-learn (LARS, some losses) is written out; solo_learn.py holds it against 9187ea3.
"""

import importlib
import sys

NAMES = ["asymmetric", "bounds", "clustering", "contrastive", "detection_metrics", "evaluation", "faster_rcnn", "fcos", "few_shot", "geometry", "invariance", "networks", "optimizers", "redundancy"]

for name in sys.argv[1:] or NAMES:
    importlib.import_module(name).main()
