"""The peer of pretrain.ts: lightly's example script of a method, for some steps.

The request is the argument, one JSON object; see PretrainRequest in support/pretrain_request.ts. A variant is
"published" (eager, contiguous, as lightly's scripts are) or any of the words compiled (with
channels_last) and bf16. The loader has as many workers as there are cores. The first two steps,
which compile and warm up, do not count; the loader has more batches than are timed, so that it works
throughout. Prints {"rate": images/s, "peakBytes": …}: of this process, without
the workers that load.
"""

import copy
import json
import os
import resource
import sys
import time
import warnings

import torch
import torchvision
from lightly.models.utils import deactivate_requires_grad, update_momentum
from lightly.transforms import SimCLRTransform
from lightly.utils.scheduler import cosine_schedule
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from support.lightly_methods import METHODS
from support.torch_peer import cores, resnet

warnings.filterwarnings("ignore")
WARM = 2
PREFETCH = 2  # torch's default


class Pictures(Dataset):
    def __init__(self, folder, size, held, length):
        paths = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name[0] != ".")
        self.images = [Image.open(path).convert("RGB") for path in paths] if held else paths
        self.length, self.transform = length, SimCLRTransform(input_size=size)

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        image = self.images[index % len(self.images)]
        if isinstance(image, str):
            with Image.open(image) as file:
                image = file.convert("RGB")
        return self.transform(image), 0


def backbone_of(config):
    if config["stem"] != "imagenet":
        return resnet(config["blocks"], config["width"], config["stem"])
    network = torchvision.models.resnet50()
    network.fc = nn.Identity()
    return network, 2048


def main(backbone, size, held, pairs, steps, method, options, folder, variant):
    torch.set_num_threads(cores)
    torch.manual_seed(1)
    layout = torch.contiguous_format if variant == "published" else torch.channels_last
    network, features = backbone_of(backbone)
    heads, followed, loss_of = METHODS[method](features, options, 1)
    online = nn.ModuleDict({"backbone": network, **heads}).to(memory_format=layout)
    momentum = nn.ModuleDict()
    if followed:
        momentum.update({name: copy.deepcopy(online[name]) for name in ("backbone", *followed)})
        deactivate_requires_grad(momentum)
    if "compiled" in variant:
        for part in (online, momentum):
            for module in part.values():
                module.compile()
    optimizer = torch.optim.SGD(online.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)
    ahead = PREFETCH * cores  # made while the first step compiles; each step has one more made
    data = Pictures(folder, size, held, pairs * (WARM + steps + ahead))
    loader = DataLoader(
        data,
        batch_size=pairs,
        shuffle=True,
        drop_last=True,
        num_workers=cores,
        prefetch_factor=PREFETCH,
    )
    total = torch.zeros(())
    for step, ((first, second), labels) in enumerate(loader):
        if step == WARM:
            start = time.perf_counter()
        if step == WARM + steps:
            seconds = time.perf_counter() - start
            break
        tau = cosine_schedule(step, steps + WARM, 0.996, 1)
        for name, follower in momentum.items():
            update_momentum(online[name], follower, m=tau)
        views = [view.to(memory_format=layout) for view in (first, second)]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled="bf16" in variant):
            loss = loss_of(online, momentum, views, labels)
        total += loss.detach()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"rate": 2 * pairs * steps / seconds, "peakBytes": usage}))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
