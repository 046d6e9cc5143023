"""Reference values for the methods of clustering and distillation: clustering.json.

torch 2.15.0, lightly 1.6.0

- Sinkhorn, SwAV, DINO: lightly's sinkhorn, SwaVLoss and DINOLoss.
- SwAV's prototypes: a linear layer without bias, as in the paper's code; lightly's SwaVPrototypes has
  one. Its normalize_weight is used; before the first and after every step is the same as at the start
  of every step, where the paper's code does it.
- SwAV's queue fills from the first step on, as in lightly's example and in solo-learn; it takes part
  from a given step on and once it is full, as in the paper's code.
- DINO's head is lightly's DINOProjectionHead in parts (projector, unit length, last layer); both give
  the same. It has no batch norm, the default of lightly and of the paper's code.
- Which views pass jointly: those of one resolution through the backbone, all through the heads, as in
  the code of both papers; lightly's examples pass every view by itself.
- DINO's temperature: lightly's own schedule, which is the paper's code's.
"""

import copy

import torch
import torch.nn.functional as F
from lightly.loss import DINOLoss, SwaVLoss
from lightly.loss.swav_loss import sinkhorn
from lightly.models.modules import DINOProjectionHead
from lightly.models.utils import normalize_weight
from torch import nn

from common import FEATURES, LABELS, head, numbers, save, tensor, train

HIDDEN, WIDTH, PROTOTYPES = 8, 5, 7


def uniform_scores(name, shape):
    return tensor(name, shape).double()


def equal_scores(_, shape):
    return torch.full(shape, 0.25, dtype=torch.float64)


def scores(count, shape, make):
    return [make(f"view {i}", shape).requires_grad_() for i in range(count)]


def result(value, views, **case):
    value.backward()
    gradients = [numbers(view.grad) for view in views]
    return {"count": len(views), **case, "value": value.item(), "gradients": gradients}


# Losses


def sinkhorn_case(shape, epsilon, iterations):
    codes = sinkhorn(tensor("scores", shape).double(), iterations=iterations, epsilon=epsilon)
    return {"shape": shape, "epsilon": epsilon, "iterations": iterations, "codes": numbers(codes)}


def swav_case(shape, crops, temperature=0.1, epsilon=0.05, iterations=3, queue=0, make=uniform_scores):
    views = scores(2 + crops, shape, make)
    past = [tensor(f"queue {i}", [queue, shape[1]]).double() for i in range(2)] if queue else None
    value = SwaVLoss(temperature, iterations, epsilon)(views[:2], views[2:], past)
    options = {"temperature": temperature, "epsilon": epsilon, "iterations": iterations}
    return result(value, views, shape=shape, queue=queue, options=options)


def dino_case(shape, crops, student=0.1, teacher=0.04, make=uniform_scores):
    views = scores(2 + crops, shape, make)
    targets = [tensor(f"teacher {i}", shape).double() for i in range(2)]
    loss = DINOLoss(shape[1], student_temp=student, center_momentum=0.9).double()
    loss.center.copy_(tensor("center", [1, 1, shape[1]]).double())
    value = loss(targets, views, teacher_temp=teacher)
    options = {"studentTemperature": student, "teacherTemperature": teacher}
    case = {"shape": shape, "options": options, "center": numbers(loss.center)}
    return result(value, views, **case)


# Training


def pass_views(network, full, small):
    """Each view's projections and scores, by the networks' parts."""
    features = [network["backbone"](torch.cat(views)) for views in (full, small) if views]
    z = F.normalize(network["heads"]["projector"](torch.cat(features)))
    n = len(LABELS)
    return z.split(n), network["heads"]["prototypes"](z).split(n)


def swav_steps(crops, queue, start):
    heads = {
        "projector": head(
            *[nn.Linear(FEATURES, HIDDEN, bias=False), nn.BatchNorm1d(HIDDEN), nn.ReLU()],
            nn.Linear(HIDDEN, WIDTH),
        ),
        "prototypes": nn.Linear(WIDTH, PROTOTYPES, bias=False),
    }
    memory = {kind: torch.zeros(WIDTH, queue).double() for kind in ("anchor", "partner")}

    def loss(online, _, views, memory, step):
        z, scores = pass_views(online, list(views[:2]), views[2])
        past = None
        if step >= start and all(rows[:, -1].any() for rows in memory.values()):
            past = [online["heads"]["prototypes"](rows.T) for rows in memory.values()]
        value = SwaVLoss(0.1)(list(scores[:2]), list(scores[2:]), past)
        for rows, new in zip(memory.values(), z):
            rows.copy_(torch.cat([new.detach().T, rows], 1)[:, : rows.shape[1]])
        return value.squeeze()

    project = lambda online: normalize_weight(online["heads"]["prototypes"].weight)
    return train(heads, loss, memory=memory, crops=crops, project=project, frozen=("prototypes", 1))


class WeightNormalized(nn.Module):
    """torch's weight norm with a gain that stays 1; a module that can be copied."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight_v = nn.Parameter(torch.zeros(outputs, inputs))

    def forward(self, x):
        gain = torch.ones(len(self.weight_v), 1, dtype=x.dtype)
        return F.linear(x, torch._weight_norm(self.weight_v, gain, 0))


def dino_heads():
    return {
        "projector": head(
            *[nn.Linear(FEATURES, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, HIDDEN), nn.GELU()],
            nn.Linear(HIDDEN, WIDTH),
        ),
        "prototypes": WeightNormalized(WIDTH, PROTOTYPES),
    }


def check_head(heads):
    """The parts together are lightly's head."""
    whole = DINOProjectionHead(FEATURES, HIDDEN, WIDTH, PROTOTYPES).double()
    projector, last = copy.deepcopy(heads["projector"]).double(), copy.deepcopy(heads["prototypes"]).double()
    nn.init.uniform_(last.weight_v)
    whole.layers.load_state_dict(projector.state_dict())
    whole.last_layer.weight_v.data.copy_(last.weight_v.data)
    x = tensor("features", [3, FEATURES]).double()
    torch.testing.assert_close(last(F.normalize(projector(x))), whole(x))


def temperatures(warmup, epochs):
    """The teacher's in each epoch."""
    schedule = DINOLoss(1, 0.04, 0.07, warmup).teacher_temp_schedule
    return numbers(torch.cat([schedule, torch.full([epochs - warmup], 0.07)]))


def dino_steps(crops, warmup):
    heads = dino_heads()
    check_head(heads)
    memory = {"center": torch.zeros(PROTOTYPES).double()}
    criterion = DINOLoss(PROTOTYPES).double()
    teacher_temp = temperatures(warmup, epochs=3)

    def loss(student, teacher, views, memory, step):
        full = list(views[:2])
        with torch.no_grad():
            targets = pass_views(teacher, full, [])[1]
        predictions = pass_views(student, full, views[2])[1]
        value = criterion(list(targets), list(predictions), teacher_temp=teacher_temp[step])
        memory["center"].copy_(criterion.center.flatten())
        return value

    return train(
        heads, loss, momentum=["projector", "prototypes"], tau=lambda step: 0.9 + 0.03 * step,
        memory=memory, crops=crops, frozen=("prototypes", 1),
    )


def main():
    save(__file__, {
        "sinkhorn": [
            sinkhorn_case(shape, epsilon, iterations)
            for shape, epsilon, iterations in [([6, 4], 0.05, 3), ([6, 4], 1.0, 1), ([3, 8], 0.02, 3), ([2, 3], 0.05, 50)]
        ],
        "losses": {
            "swav": [
                swav_case([6, 5], 0),
                swav_case([6, 5], 4),
                swav_case([6, 5], 2, queue=9),
                swav_case([6, 5], 0, temperature=0.01, epsilon=0.02),
                swav_case([6, 5], 0, temperature=10.0, epsilon=1.0, iterations=1),
                swav_case([2, 3], 2),
                {**swav_case([4, 3], 2, make=equal_scores), "equal": True},
            ],
            "dino": [
                dino_case([6, 5], 0),
                dino_case([6, 5], 4),
                dino_case([6, 5], 2, student=0.02, teacher=0.005),
                dino_case([6, 5], 0, student=10.0, teacher=10.0),
                dino_case([2, 3], 2),
                {**dino_case([4, 3], 2, make=equal_scores), "equal": True},
            ],
        },
        "training": {
            "swav": swav_steps(crops=0, queue=8, start=2),
            "swav_crops": swav_steps(crops=1, queue=16, start=0),
            "dino": dino_steps(crops=0, warmup=2),
            "dino_crops": dino_steps(crops=2, warmup=0),
        },
        "temperatures": {str(warmup): temperatures(warmup, epochs=6) for warmup in (0, 1, 2, 5)},
    })


if __name__ == "__main__":
    main()
