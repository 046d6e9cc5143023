"""Holds what is written out here in torch, for want of a package, against solo-learn's own files.

    git clone https://github.com/vturrisi/solo-learn && git -C solo-learn checkout 9187ea3
    python tests/vectors/solo_learn.py solo-learn

solo-learn is no package of today's Python, so its files are loaded one by one. Asserted are LARS as
in optimizers.json (its class defaults to a trust of .001 without clip; its CIFAR configurations set
.02 and the clip, which is what is followed), and the losses of MoCo v2, MoCo v3, NNCLR and BYOL in one
direction.
"""

import importlib
import importlib.util
import pathlib
import sys
import types

import torch
import torch.nn.functional as F

import contrastive
import optimizers
from asymmetric import regression
from common import numbers, tensor


def load(root, path):
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), root / "solo" / f"{path}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stand_in():
    """What solo-learn's losses need of its other files on one device: nothing is gathered."""
    misc = types.ModuleType("solo.utils.misc")
    misc.concat_all_gather_no_grad = misc.gather = lambda x: x
    misc.get_rank = lambda: 0
    for name in ("solo", "solo.utils"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["solo.utils.misc"] = misc
    optimizer = importlib.import_module("torch.optim.optimizer")
    if not hasattr(optimizer, "required"):  # gone from newer torch
        optimizer.required = object()


def check_lars(lars):
    for momentum, weight_decay, scale in [(0.9, 1e-2, 1.0), (0.9, 1e-4, 1e-3), (0.0, 0.1, 100.0)]:
        params = {name: torch.nn.Parameter(w) for name, w in optimizers.initial_weights().items()}
        options = {"eta": 0.02, "clip_lr": True, "exclude_bias_n_norm": True}
        descent = lars.LARS(params.values(), lr=0.1, momentum=momentum, weight_decay=weight_decay, **options)
        expected = optimizers.lars_case(momentum, weight_decay, scale)["steps"]
        for step, rate in enumerate(optimizers.RATES):
            descent.param_groups[0]["lr"] = rate
            for name, gradient in optimizers.gradients(step).items():
                params[name].grad = scale * gradient
            descent.step()
            for name, p in params.items():
                torch.testing.assert_close(torch.tensor(numbers(p)), torch.tensor(expected[step][name]))


def check_losses(losses):
    a, b = (tensor(name, [6, 5]).double() for name in ("anchor", "partner"))
    queue = F.normalize(tensor("negatives", [8, 5]).double())
    same = torch.testing.assert_close
    for t in (0.1, 0.2, 1.0):
        same(contrastive.info_nce(t, 8)(a, b), losses["mocov2plus"](F.normalize(a), F.normalize(b), queue.T, t))
        one_way = contrastive.batch_info_nce(t)(a, b)
        same(2 * t * one_way, losses["mocov3"](a, b, t))
        same(one_way, losses["nnclr"](a, b, t))
    same(regression(a, b), losses["byol"](a, b))


def main(root):
    stand_in()
    check_lars(load(root, "utils/lars"))
    names = ["mocov2plus", "mocov3", "nnclr", "byol"]
    check_losses({name: getattr(load(root, f"losses/{name}"), f"{name}_loss_func") for name in names})
    print("LARS and the losses of", ", ".join(names), "are solo-learn's")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
