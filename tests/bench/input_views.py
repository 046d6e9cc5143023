"""The peer of tests/bench/input.ts: lightly's SimCLR transform in a torch DataLoader.

A step is one batch: both views of each of its images, as tensors in this process. The loader has as
many workers as there are cores. Small images are decoded beforehand and held as PIL images; large
ones are JPEG files, decoded once for both views.

A request, e.g. {"folder": "/tmp/photographs", "size": 224, "held": false, "images": 64, "steps": 4}.
"""

import os

import lightly
from lightly.transforms import SimCLRTransform
from PIL import Image
from torch.utils.data import DataLoader, Dataset, RandomSampler

from support.torch_peer import cores, serve

class Images(Dataset):
    """The images of a folder, each as often as is asked for."""

    def __init__(self, folder, size, held):
        paths = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name[0] != ".")
        self.images = [Image.open(path).convert("RGB") for path in paths] if held else paths
        self.transform = SimCLRTransform(input_size=size)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index]
        if isinstance(image, str):
            with Image.open(image) as file:
                image = file.convert("RGB")
        return self.transform(image)


class Batches:
    """Called, it waits for the next batch and returns one number of it."""

    prefetch = 2
    ahead = prefetch * cores

    def __init__(self, folder, size, held, images):
        data = Images(folder, size, held)
        sampler = RandomSampler(data, replacement=True, num_samples=10**9)
        loader = {"batch_size": images, "num_workers": cores, "prefetch_factor": self.prefetch}
        self.batches = iter(DataLoader(data, sampler=sampler, **loader))

    def __call__(self):
        first, second = next(self.batches)
        return first[0, 0, 0, 0] + second[0, 0, 0, 0]


serve(Batches, lightly=lightly.__version__)
