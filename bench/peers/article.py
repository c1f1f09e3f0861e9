#!/usr/bin/env python3
"""Five ways of getting a segmentation model's output off the GPU, in PyTorch.

The Python side of the comparison in BENCHMARKS.md: DeepLabV3-ResNet50 on synthetic pictures, with the
strategies that the article "Optimizing Data Transfer in Batched AI/ML Inference Workloads" goes through:

    baseline     synchronous copy into fresh memory, output processed in the inference loop
    multiworker  the same copy, output sent to worker processes over a bounded queue
    bufferpool   copy into buffers allocated once in shared memory, handed back by the workers
    asynccopy    non-blocking copy, a CUDA event per buffer, a thread that waits for the events
    pipelined    the same on a stream of its own, ordered after compute

"compute" runs the model alone. Processing an output means writing its bytes to /dev/null. Every strategy
runs in this one process, one after the other, with worker processes of its own.
"""

import argparse
import contextlib
import json
import os
import queue
import shutil
import sys
import threading
import time
import zlib

import torch
import torch.multiprocessing as mp
from torch.utils.data import DataLoader, Dataset
from torchvision.models.segmentation import deeplabv3_resnet50

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
COOLDOWN_STEPS = 1


class SyntheticPictures(Dataset):
    """Random pictures; each one's content follows from its number."""

    def __init__(self, count, size):
        self.count = count
        self.size = size

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return torch.randn((3, self.size, self.size), generator=torch.Generator().manual_seed(index))


class Prefetcher:
    """Yields batches on the device; the next one is copied on a side stream while the current one computes."""

    def __init__(self, batches, device, convert=lambda batch: batch):
        self.batches = iter(batches)
        self.device = device
        self.convert = convert
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
        return self.convert(batch)

    def _fetch(self):
        batch = next(self.batches, None)
        if batch is not None:
            with torch.cuda.stream(self.stream) if self.stream else contextlib.nullcontext():
                batch = batch.to(self.device, non_blocking=True)
        self.ahead = batch


def as_bytes(tensor):
    """The tensor's bytes, copied; numpy has no bfloat16."""
    return (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy().tobytes()


def process_output(index, tensor, digests):
    """Stores one batch's output, and notes its checksum where they are wanted."""
    content = as_bytes(tensor)
    with open(os.devnull, "wb") as sink:
        sink.write(content)
    if digests is not None:
        digests.put((index, zlib.crc32(content)))


class Baseline:
    """Copies and processes in the inference loop."""

    def __init__(self, setup):
        self.digests = setup.digests

    def take(self, index, output):
        process_output(index, output.cpu(), self.digests)

    def drain(self):
        pass

    def close(self):
        pass


def run_worker(inbox, free, pool, digests):
    """What a worker process does: takes outputs, or numbers of buffers that hold some, until it is told to stop."""
    torch.set_num_threads(1)
    while True:
        item = inbox.get()
        if item is None:
            return
        index, payload = item
        process_output(index, payload if pool is None else pool[payload], digests)
        if pool is not None:
            free.put(payload)
        inbox.task_done()


class MultiWorker:
    """Sends each output to worker processes; a tensor in a queue travels through shared memory."""

    def __init__(self, setup, pool=None):
        context = mp.get_context("fork")
        self.pool = pool
        self.outbox = context.JoinableQueue(maxsize=setup.workers)
        self.free = context.Queue() if pool is not None else None
        for number in range(len(pool or ())):
            self.free.put(number)
        arguments = (self.outbox, self.free, pool, setup.digests)
        self.processes = [context.Process(target=run_worker, args=arguments, daemon=True) for _ in range(setup.workers)]
        for process in self.processes:
            process.start()
        self.closing = threading.Event()
        self.watch = threading.Thread(target=self._watch, daemon=True)
        self.watch.start()

    def take(self, index, output):
        self.outbox.put((index, output.cpu()))

    def drain(self):
        self.outbox.join()

    def close(self):
        self.closing.set()
        self.watch.join()
        for _ in self.processes:
            self.outbox.put(None)
        for process in self.processes:
            process.join()

    def _watch(self):
        # A worker that the system kills would leave everyone else waiting for ever.
        while not self.closing.wait(1):
            ended = [process.exitcode for process in self.processes if process.exitcode is not None]
            if ended:
                print(f"a worker process ended with {ended[0]}", file=sys.stderr, flush=True)
                for process in self.processes:
                    process.kill()
                os._exit(3)


def check(error, call):
    if int(error) != 0:
        raise RuntimeError(f"{call} failed with {error}")


class SharedPool:
    """Output buffers in shared memory, allocated once."""

    def __init__(self, setup, pin):
        self.registered = []
        if pin == "no" or setup.device.type != "cuda":
            self.buffers = [torch.empty(setup.output_shape, dtype=setup.dtype).share_memory_() for _ in range(setup.workers)]
        elif pin == "share":
            # What the article does. Sharing moves the tensor to other memory, which is not pinned.
            self.buffers = [
                torch.empty(setup.output_shape, dtype=setup.dtype, pin_memory=True).share_memory_() for _ in range(setup.workers)
            ]
        else:
            self.buffers = [torch.empty(setup.output_shape, dtype=setup.dtype).share_memory_() for _ in range(setup.workers)]
            for buffer in self.buffers:
                buffer.zero_()
                check(torch.cuda.cudart().cudaHostRegister(buffer.data_ptr(), setup.output_bytes, 1), "cudaHostRegister")
                self.registered.append(buffer)

    @property
    def pinned(self):
        return torch.cuda.is_available() and all(buffer.is_pinned() for buffer in self.buffers)

    def close(self):
        for buffer in self.registered:
            check(torch.cuda.cudart().cudaHostUnregister(buffer.data_ptr()), "cudaHostUnregister")


class BufferPool(MultiWorker):
    """Copies into a free buffer and sends its number."""

    pin = "no"

    def __init__(self, setup):
        self.shared = SharedPool(setup, setup.pin if self.pin == "yes" else "no")
        super().__init__(setup, self.shared.buffers)

    def take(self, index, output):
        number = self.free.get()
        self.pool[number].copy_(output)
        self.outbox.put((index, number))

    def close(self):
        super().close()
        self.shared.close()


class DoneEvent:
    """Stands for a CUDA event where copies are synchronous."""

    def record(self, stream=None):
        pass

    def synchronize(self):
        pass


class AsyncCopy(BufferPool):
    """Enqueues the copy; a thread sends a buffer's number once the buffer's event has fired."""

    pin = "yes"

    def __init__(self, setup):
        super().__init__(setup)
        cuda = setup.device.type == "cuda"
        self.events = [torch.cuda.Event() if cuda else DoneEvent() for _ in self.pool]
        self.copying = queue.Queue()
        self.monitor = threading.Thread(target=self._monitor, daemon=True)
        self.monitor.start()

    def take(self, index, output):
        number = self.free.get()
        self.pool[number].copy_(output, non_blocking=True)
        self.events[number].record()
        self.copying.put((index, number, output))

    def drain(self):
        self.copying.join()
        super().drain()

    def close(self):
        self.copying.put(None)
        self.monitor.join()
        super().close()

    def _monitor(self):
        while True:
            item = self.copying.get()
            if item is None:
                return
            # The output rides along: freed before its copy is done, its memory could go to the next step.
            index, number, _output = item
            self.events[number].synchronize()
            self.outbox.put((index, number))
            del item, _output
            self.copying.task_done()


class Pipelined(AsyncCopy):
    """Copies on a stream of its own."""

    def __init__(self, setup):
        super().__init__(setup)
        self.stream = torch.cuda.Stream() if setup.device.type == "cuda" else None

    def take(self, index, output):
        if self.stream is None:
            super().take(index, output)
            return
        with torch.cuda.stream(self.stream):
            self.stream.wait_stream(torch.cuda.default_stream())
            super().take(index, output)


STRATEGIES = {
    "baseline": Baseline,
    "multiworker": MultiWorker,
    "bufferpool": BufferPool,
    "asynccopy": AsyncCopy,
    "pipelined": Pipelined,
}


class Setup:
    """What all strategies of a run share: the arguments and the model."""

    def __init__(self, args):
        self.args = args
        self.device = torch.device(args.device)
        self.dtype = DTYPES[args.dtype]
        self.workers = args.workers
        self.pin = args.pin
        self.memory_format = torch.channels_last if args.channels_last else torch.contiguous_format
        self.output_shape = (args.batch_size, args.classes, args.image_size, args.image_size)
        self.output_bytes = torch.empty((), dtype=self.dtype).element_size() * torch.Size(self.output_shape).numel()
        self.total_steps = args.warmup + args.steps + COOLDOWN_STEPS
        self.digests = mp.get_context("fork").Queue() if args.digest else None
        torch.manual_seed(0)
        model = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=args.classes)
        self.model = model.to(self.device, self.dtype, memory_format=self.memory_format).eval()

    def synchronize(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def batches(self):
        pictures = SyntheticPictures(self.total_steps * self.args.batch_size, self.args.image_size)
        loader = DataLoader(
            pictures, batch_size=self.args.batch_size, num_workers=self.args.loaders, pin_memory=self.device.type == "cuda"
        )
        return Prefetcher(loader, self.device, lambda batch: batch.to(self.dtype, memory_format=self.memory_format))


@contextlib.contextmanager
def annotate(setup, name):
    """An NVTX range, where a profile was asked for."""
    if not setup.args.profile:
        yield
        return
    torch.cuda.nvtx.range_push(name)
    try:
        yield
    finally:
        torch.cuda.nvtx.range_pop()


def measure(setup, drain, step):
    """Runs all steps and returns the seconds that the measured ones took, until their last output was processed."""
    seconds = 0.0
    with torch.inference_mode():
        for index in range(setup.total_steps):
            if index == setup.args.warmup:
                setup.synchronize()
                drain()
                if setup.args.profile:
                    torch.cuda.profiler.start()
                start = time.perf_counter()
            elif index == setup.args.warmup + setup.args.steps:
                setup.synchronize()
                drain()
                seconds = time.perf_counter() - start
                if setup.args.profile:
                    torch.cuda.profiler.stop()
            with annotate(setup, f"batch {index}"):
                step(index)
        setup.synchronize()
        drain()
    return seconds


def run_compute(setup):
    """The model alone, on one batch that stays on the device."""
    shape = (setup.args.batch_size, 3, setup.args.image_size, setup.args.image_size)
    batch = torch.randn(shape, device=setup.device).to(setup.dtype, memory_format=setup.memory_format)
    return describe(setup, "compute", measure(setup, lambda: None, lambda _: setup.model(batch)["out"]))


def run_strategy(setup, name):
    """One strategy, from loading to the sink."""
    missing = missing_shared_memory(setup, name)
    if missing:
        return {"strategy": name, "steps_per_second": None, "reason": missing}
    strategy = STRATEGIES[name](setup)
    batches = setup.batches()

    def step(index):
        with annotate(setup, "get batch"):
            batch = batches.next()
        with annotate(setup, "compute"):
            output = setup.model(batch)["out"]
        with annotate(setup, "copy and hand on"):
            strategy.take(index, output)

    seconds = measure(setup, strategy.drain, step)
    result = describe(setup, name, seconds)
    if isinstance(strategy, BufferPool):
        result["pool_pinned"] = strategy.shared.pinned
    if setup.digests is not None:
        checksums = dict(setup.digests.get() for _ in range(setup.total_steps))
        result["digest"] = [checksums[index] for index in range(setup.total_steps)]
    strategy.close()
    return result


def missing_shared_memory(setup, name):
    """Why the strategy cannot run with the shared memory that there is, or None: running out of it ends a process."""
    buffers = {"baseline": 0, "multiworker": 2 * setup.workers + 1}.get(name, setup.workers)
    needed = buffers * setup.output_bytes
    free = shutil.disk_usage("/dev/shm").free
    return f"needs {needed / 1e9:.1f} GB in /dev/shm, which has {free / 1e9:.1f}" if needed > free else None


def describe(setup, name, seconds):
    rate = setup.args.steps / seconds
    return {
        "strategy": name,
        "steps_per_second": rate,
        "milliseconds_per_step": 1000 / rate,
        "images_per_second": rate * setup.args.batch_size,
        "output_gb_per_second": 0.0 if name == "compute" else rate * setup.output_bytes / 1e9,
    }


def print_table(results):
    print(f"{'strategy':<12} {'steps/s':>9} {'ms/step':>9} {'GB/s out':>9}  pool")
    for result in results:
        if result["steps_per_second"] is None:
            print(f"{result['strategy']:<12} {'-':>9} {'-':>9} {'-':>9}  {result['reason']}")
            continue
        pinned = {True: "pinned", False: "not pinned", None: ""}[result.get("pool_pinned")]
        print(
            f"{result['strategy']:<12} {result['steps_per_second']:>9.3f} {result['milliseconds_per_step']:>9.1f}"
            f" {result['output_gb_per_second']:>9.2f}  {pinned}"
        )


def create_parser(description, strategies):
    """A parser of the arguments that every peer has; a peer sets other defaults, and adds its own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strategy", nargs="+", default=["all"], choices=["all", "compute", *strategies])
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--workers", type=int, default=8, help="output workers, and buffers where there is a pool")
    parser.add_argument("--loaders", type=int, default=8, help="worker processes that make inputs")
    parser.add_argument("--dtype", default="float32", choices=DTYPES)
    parser.add_argument(
        "--pin", default="share", choices=["share", "register"],
        help="how asynccopy and pipelined get their buffers: as the article does, which are not pinned in the end, or registered after sharing",
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=["cuda", "cpu"])
    parser.add_argument("--profile", action="store_true", help="NVTX ranges, and the profiler around the measured steps")
    parser.add_argument("--json", metavar="OUT", help="write the results here too")
    return parser


def check_arguments(parser, *sizes):
    """Parses the arguments; every size has to be 1 or more."""
    args = parser.parse_args()
    for name in ("batch_size", "steps", "workers", *sizes):
        if getattr(args, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be 1 or more")
    if args.warmup < 0 or args.loaders < 0:
        parser.error("--warmup and --loaders must be 0 or more")
    if args.profile and args.device != "cuda":
        parser.error("--profile needs a GPU")
    return args


def parse_arguments():
    parser = create_parser(__doc__, STRATEGIES)
    parser.add_argument("--image-size", type=int, default=512)
    parser.add_argument("--classes", type=int, default=21)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--digest", action="store_true", help="note a checksum of every output; costs time")
    return check_arguments(parser, "image_size", "classes")


def run_all(setup, strategies, compute, strategy, **versions):
    """Runs what was asked for, one after the other; prints a table, and writes a report where that was asked for."""
    args = setup.args
    results = []
    for name in ["compute", *strategies] if "all" in args.strategy else args.strategy:
        results.append(compute(setup) if name == "compute" else strategy(setup, name))
        print(f"{name} done", file=sys.stderr, flush=True)
    print_table(results)
    if args.json:
        report = {
            "torch": torch.__version__,
            **versions,
            "cuda": torch.version.cuda,
            "device": torch.cuda.get_device_name() if setup.device.type == "cuda" else "cpu",
            "arguments": vars(args),
            "results": results,
        }
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=2)


def main():
    run_all(Setup(parse_arguments()), STRATEGIES, run_compute, run_strategy)


if __name__ == "__main__":
    main()
