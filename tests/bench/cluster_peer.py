"""The peer of tests/bench/cluster.ts: the same steps under PyTorch's DistributedDataParallel on gloo.

    python cluster_peer.py '{"workers": {"addresses": [...], "rank": 0}, "megabytes": 40, "steps": 10}'

Each worker computes the gradients of x |p|^2 / 2 for parameters of 4 MB each; DDP averages them, in its
buckets of 25 MB, while the others are being computed; with "wire": "bf16" by its own hook for that. Prints
{"milliseconds"}, the median of the steps.
"""

import json
import statistics
import sys
import time

import torch
import torch.distributed as dist
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks

torch.set_num_threads(1)
request = json.loads(sys.argv[1])
addresses, rank = request["workers"]["addresses"], request["workers"]["rank"]
megabytes, steps, warm = request["megabytes"], request["steps"], 3


class Squares(torch.nn.Module):
    def __init__(self):
        super().__init__()
        size = 2**20 if megabytes >= 4 else int(megabytes * 2**18)
        count = max(1, megabytes // 4)
        self.params = torch.nn.ParameterList(torch.full((size,), 1e-3 * (i + 1)) for i in range(count))

    def forward(self, x):
        return sum(p.square().sum() for p in self.params) * x / 2


model = Squares()
if len(addresses) > 1:
    dist.init_process_group("gloo", init_method=f"tcp://{addresses[0]}", rank=rank, world_size=len(addresses))
    model = torch.nn.parallel.DistributedDataParallel(model)
    if request["wire"] == "bf16":
        model.register_comm_hook(None, default_hooks.bf16_compress_hook)
x, times = torch.tensor(1.0), []
for i in range(warm + steps):
    start = time.perf_counter()
    model.zero_grad(set_to_none=True)
    model(x).backward()
    if i >= warm:
        times.append(1000 * (time.perf_counter() - start))
if len(addresses) > 1:
    dist.barrier()
print(json.dumps({"milliseconds": statistics.median(times)}))
