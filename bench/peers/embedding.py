#!/usr/bin/env python3
"""Getting an encoder's hidden states off the GPU, in PyTorch and transformers.

The Python side of the comparison in BENCHMARKS.md for embeddings: BERT base with random parameters in half precision, 64 sequences of
512 random tokens a step, and the hidden state of every token on its way to the host, by two of the strategies of article.py:

    baseline   synchronous copy into fresh memory, output processed in the inference loop
    pipelined  non-blocking copy on a stream of its own into pinned buffers, which workers process once their event has fired

"compute" runs the model alone on a batch that stays on the device. Processing an output means writing its bytes to /dev/null.
"""

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
        return article.Prefetcher(loader, self.device)

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
    parser = article.create_parser(__doc__, STRATEGIES)
    parser.set_defaults(workers=4, loaders=4, dtype="float16", pin="register")
    parser.add_argument("--length", type=int, default=512, help="tokens of a sequence")
    parser.add_argument("--attention", default="sdpa", choices=["sdpa", "eager"], help="transformers' attention (default: sdpa)")
    return article.check_arguments(parser, "length")


def main():
    article.run_all(Setup(parse_arguments()), STRATEGIES, run_compute, run_strategy, transformers=transformers.__version__)


if __name__ == "__main__":
    main()
