"""Reference values for the contrastive methods: contrastive.json.

torch 2.15.0, lightly 1.6.0

- NT-Xent (SimCLR): lightly's NTXentLoss and a plain torch formula; both agree.
- InfoNCE with a queue (MoCo v2): lightly's NTXentLoss with a memory bank and a plain torch formula;
  both agree.
- InfoNCE within a batch (MoCo v3, NNCLR): a plain torch formula. lightly has neither: its NNCLR takes
  NT-Xent of neighbours and predictions, in which neighbours are each other's negatives too. The paper's
  pseudocode and solo-learn have one softmax over the other view's predictions; we follow them.
- Excluded classes: plain torch formulas, their logits masked by -infinity.

The steps:

- SimCLR: both views pass as one batch, as in the paper's code; lightly's example passes them one after
  the other. The projector ends in batch norm, as in both; solo-learn's does not.
- MoCo v2: lightly's head and loss. One direction, as in the paper's code; solo-learn adds the other one,
  with a queue of its own. The momentum encoder follows after the optimizer's step instead of before the
  next one: the same sequence of networks.
- MoCo v3: heads as in the paper's code for a ResNet and for a ViT (lightly has none: no head of it ends
  in batch norm without gain); both directions, times 2 t.
- NNCLR: lightly's heads and memory bank; what enters the queue are the anchors' directions, as in the
  paper's pseudocode and solo-learn (lightly's example has the partners', undivided by their length).

Queues are [width, size], the newest in front; lightly writes in a circle, `newest_first` turns that.
"""

import math

import torch
import torch.nn.functional as F
from lightly.loss import NTXentLoss
from lightly.models.modules import (
    MoCoProjectionHead,
    NNCLRPredictionHead,
    NNCLRProjectionHead,
    NNMemoryBankModule,
)
from lightly.utils.scheduler import cosine_schedule
from torch import nn

from common import FEATURES, LABELS, head, loss_case, save, tensor, train

QUEUE = 32


def same_class(labels, others):
    return torch.tensor(labels)[:, None] == torch.tensor(others)[None, :]


# Losses.


def nt_xent(temperature, labels=None):
    def loss(a, b):
        n = len(a)
        z = F.normalize(torch.cat([a, b]))
        targets = (torch.arange(2 * n) + n) % (2 * n)
        left_out = torch.eye(2 * n, dtype=torch.bool)
        if labels:
            left_out = same_class(labels * 2, labels * 2)
            left_out[torch.arange(2 * n), targets] = False
        value = F.cross_entropy((z @ z.T / temperature).masked_fill(left_out, -math.inf), targets)
        if not labels:
            torch.testing.assert_close(value, NTXentLoss(temperature)(a, b))
        return value

    return loss


def info_nce(temperature, size, labels=None, queue_labels=None):
    def loss(a, b):
        queue = F.normalize(tensor("negatives", [size, a.shape[1]]).double())
        if labels:
            return masked_info_nce(a, b, queue, temperature, same_class(labels, queue_labels))
        value = masked_info_nce(a, b, queue, temperature, torch.zeros(len(a), size).bool())
        criterion = NTXentLoss(temperature, memory_bank_size=queue.shape).double()
        criterion.memory_bank.bank.copy_(queue)
        torch.testing.assert_close(value, criterion(a, b))
        return value

    return loss


def masked_info_nce(a, b, queue, temperature, left_out):
    q, k = F.normalize(a), F.normalize(b)
    others = (q @ queue.T).masked_fill(left_out, -math.inf)
    logits = torch.cat([(q * k).sum(1, True), others], 1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(a), dtype=torch.long))


def batch_info_nce(temperature, labels=None):
    def loss(a, b):
        logits = F.normalize(a) @ F.normalize(b).T / temperature
        if labels:
            others = same_class(labels, labels) & ~torch.eye(len(a), dtype=torch.bool)
            logits = logits.masked_fill(others, -math.inf)
        return F.cross_entropy(logits, torch.arange(len(a)))

    return loss


# Steps.


def simclr_steps(labels=None):
    projector = head(
        *[nn.Linear(FEATURES, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU()],
        *[nn.Linear(8, 5, bias=False), nn.BatchNorm1d(5)],
    )

    def loss(online, _, views, __, ___):
        a, b = online["heads"]["projector"](online["backbone"](torch.cat(views[:2]))).chunk(2)
        return nt_xent(0.2, labels)(a, b)

    return train({"projector": projector}, loss)


def moco_v2_steps(labels=None):
    criterion = NTXentLoss(0.2, memory_bank_size=(QUEUE, 5)).double()
    criterion.memory_bank.bank.copy_(circle(first_queue()))
    memory = {"queue": first_queue().T.contiguous(), "labels": -torch.ones(QUEUE)}

    def loss(online, follower, views, memory, _):
        q = online["heads"]["projector"](online["backbone"](views[0]))
        with torch.no_grad():
            k = follower["heads"]["projector"](follower["backbone"](views[1]))
        value = criterion(q, k)
        if labels:
            left_out = same_class(labels, memory["labels"].tolist())
            value = masked_info_nce(q, k, memory["queue"].T.clone(), 0.2, left_out)
        memory["queue"].copy_(newest_first(criterion.memory_bank).T)
        memory["labels"].copy_(torch.cat([torch.tensor(LABELS), memory["labels"]])[:QUEUE])
        return value

    projector = MoCoProjectionHead(FEATURES, 8, 5).layers
    return train({"projector": projector}, loss, momentum=["projector"], tau=lambda _: 0.9, memory=memory)


def moco_v3_steps(transformer=False, labels=None):
    # Rounding grows through the batch norms in a row, on 8 images. At this width and temperature
    # torch's own float32 is within 2e-5 of its float64; at others it is off by up to 4e-2.
    width, temperature = 10 if transformer else 14, 1.0
    layer = lambda i, o: [nn.Linear(i, o, bias=False), nn.BatchNorm1d(o), nn.ReLU()]
    last = lambda i, o: [nn.Linear(i, o, bias=False), nn.BatchNorm1d(o, affine=False)]
    hidden = [*layer(FEATURES, width), *(layer(width, width) if transformer else [])]
    heads = {
        "projector": head(*hidden, *last(width, 5)),
        "predictor": head(*layer(5, width), *(last(width, 5) if transformer else [nn.Linear(width, 5, bias=False)])),
    }

    def loss(online, follower, views, _, __):
        q1, q2 = (online["heads"]["predictor"](online["heads"]["projector"](online["backbone"](v))) for v in views[:2])
        with torch.no_grad():
            k1, k2 = (follower["heads"]["projector"](follower["backbone"](v)) for v in views[:2])
        one_way = batch_info_nce(temperature, labels)
        return 2 * temperature * (one_way(q1, k2) + one_way(q2, k1))

    return train(heads, loss, momentum=["projector"], tau=lambda step: 0.9 + 0.02 * step)


def nnclr_steps(labels=None):
    neighbours = NNMemoryBankModule((QUEUE, 5)).double()
    neighbours.bank.copy_(circle(first_queue()))
    memory = {"queue": first_queue().T.contiguous()}
    heads = {
        "projector": NNCLRProjectionHead(FEATURES, 10, 5).layers,
        "predictor": NNCLRPredictionHead(5, 7, 5).layers,
    }

    def loss(online, _, views, memory, __):
        z1, z2 = (online["heads"]["projector"](online["backbone"](view)) for view in views[:2])
        p1, p2 = (online["heads"]["predictor"](z) for z in (z1, z2))
        nn2 = neighbours(F.normalize(z2.detach()), update=False)
        nn1 = neighbours(F.normalize(z1.detach()), update=True)
        memory["queue"].copy_(newest_first(neighbours).T)
        one_way = batch_info_nce(0.2, labels)
        return one_way(nn1, p2) / 2 + one_way(nn2, p1) / 2

    return train(heads, loss, memory=memory)


def first_queue():
    return F.normalize(tensor("queue", [QUEUE, 5]).double())


def circle(queue):
    """Rows with the newest in front, as a memory bank has them that writes its first batch next."""
    return torch.cat(queue.split(len(LABELS))[::-1])


def newest_first(memory_bank):
    written = memory_bank.bank.roll(-int(memory_bank.bank_ptr), 0)  # the oldest batch in front
    return torch.cat(written.split(len(LABELS))[::-1])


def cases(make, options):
    """A case of each shape with each set of options, which `make` takes in their order."""
    return [loss_case(make(*o.values()), shape, **o) for shape, o in options]


def main():
    plain = [([8, 5], 0.2), ([8, 5], 0.01), ([8, 5], 10.0), ([2, 3], 0.5)]
    classes = [(0.2, LABELS), (0.01, LABELS), (0.2, list(range(8))), (0.2, [3] * 8)]
    queues = [(0.2, LABELS, [0, 1, 2, 3] * 2 + [-1] * 4), (0.01, LABELS, [0] * 12), (0.2, [3] * 8, [3] * 12)]
    options = [(shape, {"temperature": t}) for shape, t in plain]
    excluded = [([8, 5], {"temperature": t, "labels": labels}) for t, labels in classes]
    save(__file__, {
        "losses": {
            "nt_xent": cases(nt_xent, options),
            "nt_xent_excluded": cases(nt_xent, excluded),
            "info_nce": cases(info_nce, [(shape, {**o, "size": 12}) for shape, o in options]),
            "info_nce_excluded": cases(info_nce, [
                ([8, 5], {"temperature": t, "size": 12, "labels": labels, "queue_labels": theirs})
                for t, labels, theirs in queues
            ]),
            "batch_info_nce": cases(batch_info_nce, options),
            "batch_info_nce_excluded": cases(batch_info_nce, excluded),
        },
        # lightly reaches the end at its last step, BYOL and solo-learn one step later.
        "tau": [
            {"tau": start, "final": end, "values": [float(cosine_schedule(step, 11, start, end)) for step in range(11)]}
            for start, end in [(0.99, 1.0), (0.99, 0.999), (0.999, 0.999)]
        ],
        "training": {
            "simclr": simclr_steps(),
            "moco_v2": moco_v2_steps(),
            "moco_v3": moco_v3_steps(),
            "moco_v3_transformer": moco_v3_steps(transformer=True),
            "nnclr": nnclr_steps(),
        },
        # The three losses where pairs of one class are no negatives.
        "training_excluded": {
            "simclr": simclr_steps(LABELS)["losses"],
            "moco_v2": moco_v2_steps(LABELS)["losses"],
            "moco_v3": moco_v3_steps(labels=LABELS)["losses"],
            "nnclr": nnclr_steps(LABELS)["losses"],
        },
    })


if __name__ == "__main__":
    main()
