"""Every method as lightly's example scripts wire it, with lightly's heads and losses.

A method is a function of the backbone's width, of our options and of the number of classes. It
returns its heads by name, the names of those that the momentum encoder has too, and the loss of a
batch
    (online, momentum, [anchor, partner], labels) -> scalar
where a network has the attribute `backbone` and one for each head. Each view passes by itself, as in
the scripts. Losses have our factors, so that both sides' values can be compared.

lightly has no loss for MoCo v3 and the bounds: there it is the paper's, in torch's own functions.
NNCLR's is NT-Xent, as in lightly's script; ours has fewer negatives.
"""

import torch
import torch.nn.functional as F
from torch import nn

from lightly.loss import (
    BarlowTwinsLoss,
    DINOLoss,
    NegativeCosineSimilarity,
    NTXentLoss,
    SwaVLoss,
    VICRegLoss,
)
from lightly.models.modules import (
    BarlowTwinsProjectionHead,
    BYOLPredictionHead,
    BYOLProjectionHead,
    DINOProjectionHead,
    MoCoProjectionHead,
    NNCLRPredictionHead,
    NNCLRProjectionHead,
    NNMemoryBankModule,
    SimCLRProjectionHead,
    SimSiamPredictionHead,
    SimSiamProjectionHead,
    SwaVProjectionHead,
    SwaVPrototypes,
)
from lightly.models.modules.heads import VICRegProjectionHead
from lightly.models.modules.memory_bank import MemoryBankModule


def project(network, views):
    return [network.projector(network.backbone(view)) for view in views]


def simclr(features, o, _):
    criterion = NTXentLoss(o["temperature"])
    heads = {"projector": SimCLRProjectionHead(features, o["hidden"], o["projection"])}
    return heads, (), lambda online, _, views, labels: criterion(*project(online, views))


def moco_v2(features, o, _):
    criterion = NTXentLoss(o["temperature"], memory_bank_size=(o["queue"], o["projection"]))
    heads = {"projector": MoCoProjectionHead(features, o["hidden"], o["projection"])}

    def loss(online, momentum, views, labels):
        [query] = project(online, views[:1])
        [key] = project(momentum, views[1:])
        return criterion(query, key.detach())

    return heads, ("projector",), loss


def moco_v3(features, o, _):
    hidden, out = o["hidden"], o["projection"]
    heads = {
        "projector": MoCoProjectionHead(features, hidden, out, batch_norm=True),
        "predictor": MoCoProjectionHead(out, hidden, out, batch_norm=True),
    }

    def direction(query, key):
        logits = F.normalize(query, dim=1) @ F.normalize(key, dim=1).T / o["temperature"]
        return 2 * o["temperature"] * F.cross_entropy(logits, torch.arange(len(logits)))

    def loss(online, momentum, views, labels):
        q0, q1 = [online.predictor(z) for z in project(online, views)]
        k0, k1 = [z.detach() for z in project(momentum, views)]
        return direction(q0, k1) + direction(q1, k0)

    return heads, ("projector",), loss


def nnclr(features, o, _):
    hidden, out = o["hidden"], o["projection"]
    criterion, bank = NTXentLoss(o["temperature"]), NNMemoryBankModule(size=(o["queue"], out))
    heads = {
        "projector": NNCLRProjectionHead(features, hidden, out),
        "predictor": NNCLRPredictionHead(out, o["predictorHidden"], out),
    }

    def loss(online, _, views, labels):
        z0, z1 = project(online, views)
        p0, p1 = online.predictor(z0), online.predictor(z1)
        n0 = bank(z0.detach(), update=False)
        n1 = bank(z1.detach(), update=True)
        return 0.5 * (criterion(n0, p1) + criterion(n1, p0))

    return heads, (), loss


def swav(features, o, _):
    out = o["projection"]
    criterion = SwaVLoss(o["temperature"], o["iterations"], o["epsilon"])
    queues = [MemoryBankModule(size=(o["queue"], out)) for _ in range(2)]
    heads = {
        "projector": SwaVProjectionHead(features, o["hidden"], out),
        "prototypes": SwaVPrototypes(out, o["prototypes"]),
    }

    def loss(online, _, views, labels):
        online.prototypes.normalize()
        z = [F.normalize(x, dim=1) for x in project(online, views)]
        with torch.no_grad():
            past = [queue(x, update=True)[1].permute(1, 0) for queue, x in zip(queues, z)]
            queued = [online.prototypes(x) for x in past]
        return criterion([online.prototypes(x) for x in z], [], queued)[0]

    return heads, (), loss


def dino(features, o, _):
    criterion = DINOLoss(o["prototypes"], student_temp=o["studentTemperature"])
    sizes = (o["hidden"], o["projection"], o["prototypes"], o["batchNorm"])
    heads = {"projector": DINOProjectionHead(features, *sizes)}

    def loss(online, momentum, views, labels):
        teacher, student = project(momentum, views), project(online, views)
        return criterion(teacher, student, teacher_temp=o["teacherTemperature"])

    return heads, ("projector",), loss


def byol(features, o, _):
    criterion, out = NegativeCosineSimilarity(), o["projection"]
    heads = {
        "projector": BYOLProjectionHead(features, o["hidden"], out),
        "predictor": BYOLPredictionHead(out, o["predictorHidden"], out),
    }

    def loss(online, momentum, views, labels):
        p0, p1 = [online.predictor(z) for z in project(online, views)]
        z0, z1 = [z.detach() for z in project(momentum, views)]
        return 4 + 2 * (criterion(p0, z1) + criterion(p1, z0))

    return heads, ("projector",), loss


def simsiam(features, o, _):
    criterion, out = NegativeCosineSimilarity(), o["projection"]
    heads = {
        "projector": SimSiamProjectionHead(features, o["hidden"], out),
        "predictor": SimSiamPredictionHead(out, o["predictorHidden"], out),
    }

    def loss(online, _, views, labels):
        z0, z1 = project(online, views)
        p0, p1 = online.predictor(z0), online.predictor(z1)
        return 0.5 * (criterion(z0.detach(), p1) + criterion(z1.detach(), p0))

    return heads, (), loss


def barlow_twins(features, o, _):
    criterion = BarlowTwinsLoss(o["lambda"])
    heads = {"projector": BarlowTwinsProjectionHead(features, o["hidden"], o["projection"])}
    return heads, (), lambda online, _, views, labels: o["scale"] * criterion(*project(online, views))


def vicreg(features, o, _):
    criterion = VICRegLoss(o["invariance"], o["variance"], o["covariance"])
    heads = {"projector": VICRegProjectionHead(features, o["hidden"], o["projection"])}
    return heads, (), lambda online, _, views, labels: criterion(*project(online, views))


def supcon(features, o, _):
    heads = {"projector": MoCoProjectionHead(features, o["hidden"], o["projection"])}

    def loss(online, _, views, labels):
        z = F.normalize(online.projector(online.backbone(torch.cat(views))), dim=1)
        labels, itself = labels.repeat(2), torch.eye(len(z), dtype=torch.bool)
        logits = (z @ z.T / o["temperature"]).masked_fill(itself, -1e9)
        positive = (labels[:, None] == labels) & ~itself
        log_likelihood = torch.where(positive, F.log_softmax(logits, dim=1), 0).sum(1)
        return -(log_likelihood / positive.sum(1)).mean()

    return heads, (), loss


def supervised(features, _, classes):
    heads = {"classifier": nn.Linear(features, classes)}

    def loss(online, _, views, labels):
        logits = online.classifier(online.backbone(torch.cat(views)))
        return F.cross_entropy(logits, labels.repeat(2))

    return heads, (), loss


ALL = [simclr, moco_v2, moco_v3, nnclr, swav, dino, byol, simsiam, barlow_twins, vicreg]
METHODS = {method.__name__: method for method in [*ALL, supcon, supervised]}
