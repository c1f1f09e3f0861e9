#!/usr/bin/env python3
"""Getting an encoder's hidden states off the GPU, in PyTorch and transformers.

The Python side of the comparison in BENCHMARKS.md for embeddings: BERT base with random parameters in half precision, 64 sequences of
512 random tokens a step, and the hidden state of every token on its way to the host, by two of the strategies of article.py:

    baseline   synchronous copy into fresh memory, output processed in the inference loop
    pipelined  non-blocking copy on a stream of its own into pinned buffers, which workers process once their event has fired

"compute" runs the model alone on a batch that stays on the device. Processing an output means writing its bytes to /dev/null.
"""

import argparse
import contextlib
import json
import sys

import article
import torch
import transformers
from torch.utils.data import DataLoader, Dataset

STRATEGIES = ("baseline", "pipelined")


class SyntheticTokens(Dataset):
    """Random token ids; each sequence's content follows from its number."""

    def __init__(self, count, length, vocabulary):
        self.count = count
        self.length = length
        self.vocabulary = vocabulary

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return torch.randint(self.vocabulary, (self.length,), generator=torch.Generator().manual_seed(index))


class Prefetcher:
    """Yields batches on the device; the next one is copied on a side stream while the current one computes."""

    def __init__(self, batches, device):
        self.batches = iter(batches)
        self.device = device
        self.stream = torch.cuda.Stream() if device.type == "cuda" else None
        self.ahead = None
        self._fetch()

    def next(self):
        if self.stream:
            torch.cuda.current_stream().wait_stream(self.stream)
        batch = self.ahead
        if self.stream:
            # It was allocated on the side stream and is read on this one.
            batch.record_stream(torch.cuda.current_stream())
        self._fetch()
        return batch

    def _fetch(self):
        batch = next(self.batches, None)
        if batch is not None:
            with torch.cuda.stream(self.stream) if self.stream else contextlib.nullcontext():
                batch = batch.to(self.device, non_blocking=True)
        self.ahead = batch


class Setup:
    """What all strategies of a run share: the arguments and the model."""

    digests = None

    def __init__(self, args):
        self.args = args
        self.device = torch.device(args.device)
        self.dtype = article.DTYPES[args.dtype]
        self.workers = args.workers
        self.pin = args.pin
        config = transformers.BertConfig(attn_implementation=args.attention)
        self.vocabulary = config.vocab_size
        self.output_shape = (args.batch_size, args.length, config.hidden_size)
        self.output_bytes = torch.empty((), dtype=self.dtype).element_size() * torch.Size(self.output_shape).numel()
        self.total_steps = args.warmup + args.steps + article.COOLDOWN_STEPS
        torch.manual_seed(0)
        self.model = transformers.BertModel(config, add_pooling_layer=False).to(self.device, self.dtype).eval()

    def synchronize(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def batches(self):
        tokens = SyntheticTokens(self.total_steps * self.args.batch_size, self.args.length, self.vocabulary)
        loader = DataLoader(tokens, batch_size=self.args.batch_size, num_workers=self.args.loaders, pin_memory=self.device.type == "cuda")
        return Prefetcher(loader, self.device)

    def encode(self, batch):
        return self.model(input_ids=batch).last_hidden_state


def run_compute(setup):
    """The model alone."""
    batch = torch.randint(setup.vocabulary, setup.output_shape[:2], device=setup.device)
    return describe(setup, "compute", article.measure(setup, lambda: None, lambda _: setup.encode(batch)))


def run_strategy(setup, name):
    """One strategy, from loading to the sink."""
    missing = article.missing_shared_memory(setup, name)
    if missing:
        return {"strategy": name, "steps_per_second": None, "reason": missing}
    strategy = article.STRATEGIES[name](setup)
    batches = setup.batches()
    seconds = article.measure(setup, strategy.drain, lambda index: strategy.take(index, setup.encode(batches.next())))
    result = describe(setup, name, seconds)
    if isinstance(strategy, article.BufferPool):
        result["pool_pinned"] = strategy.shared.pinned
    strategy.close()
    return result


def describe(setup, name, seconds):
    rate = setup.args.steps / seconds
    return {
        "strategy": name,
        "steps_per_second": rate,
        "milliseconds_per_step": 1000 / rate,
        "sequences_per_second": rate * setup.args.batch_size,
        "tokens_per_second": rate * setup.args.batch_size * setup.args.length,
        "output_gb_per_second": 0.0 if name == "compute" else rate * setup.output_bytes / 1e9,
    }


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strategy", nargs="+", default=["all"], choices=["all", "compute", *STRATEGIES])
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--length", type=int, default=512, help="tokens of a sequence")
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--workers", type=int, default=4, help="output workers, and buffers of the pool")
    parser.add_argument("--loaders", type=int, default=4, help="worker processes that make tokens")
    parser.add_argument("--dtype", default="float16", choices=article.DTYPES)
    parser.add_argument("--attention", default="sdpa", choices=["sdpa", "eager"], help="transformers' attention (default: sdpa)")
    parser.add_argument(
        "--pin", default="register", choices=["share", "register"],
        help="how pipelined gets its buffers: as the article does, which are not pinned in the end, or registered after sharing",
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=["cuda", "cpu"])
    parser.add_argument("--profile", action="store_true", help="the profiler around the measured steps")
    parser.add_argument("--json", metavar="OUT", help="write the results here too")
    args = parser.parse_args()
    for name in ("batch_size", "length", "steps", "workers"):
        if getattr(args, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be 1 or more")
    if args.warmup < 0 or args.loaders < 0:
        parser.error("--warmup and --loaders must be 0 or more")
    if args.profile and args.device != "cuda":
        parser.error("--profile needs a GPU")
    return args


def main():
    args = parse_arguments()
    setup = Setup(args)
    names = ["compute", *STRATEGIES] if "all" in args.strategy else args.strategy
    results = []
    for name in names:
        results.append(run_compute(setup) if name == "compute" else run_strategy(setup, name))
        print(f"{name} done", file=sys.stderr, flush=True)
    article.print_table(results)
    if args.json:
        report = {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "cuda": torch.version.cuda,
            "device": torch.cuda.get_device_name() if setup.device.type == "cuda" else "cpu",
            "arguments": vars(args),
            "results": results,
        }
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=2)


if __name__ == "__main__":
    main()
