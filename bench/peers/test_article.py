"""Tests of article.py on the CPU: python3 -m unittest discover bench/peers"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SCRIPT = pathlib.Path(__file__).with_name("article.py")
TINY = ["--device", "cpu", "--batch-size", "2", "--image-size", "32", "--classes", "3", "--workers", "2", "--loaders", "1"]


def run(*arguments):
    """Runs the script and returns its report and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.json")
        done = subprocess.run(
            [sys.executable, SCRIPT, *TINY, *arguments, "--json", report], capture_output=True, text=True, timeout=300, check=True
        )
        return json.loads(report.read_text(encoding="utf-8")), done.stdout


class ArticleTest(unittest.TestCase):
    def test_every_strategy_stores_the_same_bytes_in_every_step(self):
        report, table = run("--warmup", "1", "--steps", "5", "--digest")
        results = {result["strategy"]: result for result in report["results"]}
        self.assertEqual(["compute", "baseline", "multiworker", "bufferpool", "asynccopy", "pipelined"], list(results))
        expected = results["baseline"]["digest"]
        self.assertEqual(7, len(set(expected)))
        for name in ("multiworker", "bufferpool", "asynccopy", "pipelined"):
            self.assertEqual(expected, results[name]["digest"], name)
        for name, result in results.items():
            self.assertGreater(result["steps_per_second"], 0)
            self.assertAlmostEqual(1000, result["steps_per_second"] * result["milliseconds_per_step"])
            self.assertRegex(table, rf"(?m)^{name} +\d")

    def test_bfloat16_outputs_are_half_as_large(self):
        report, _ = run("--strategy", "bufferpool", "--warmup", "0", "--steps", "2", "--dtype", "bfloat16", "--digest")
        result = report["results"][0]
        gigabytes = 2 * 3 * 32 * 32 * 2 / 1e9
        self.assertAlmostEqual(gigabytes, result["output_gb_per_second"] / result["steps_per_second"])
        self.assertEqual(3, len(result["digest"]))

    def test_without_room_in_shared_memory_a_strategy_says_so(self):
        report, table = run("--strategy", "pipelined", "--steps", "1", "--workers", "100000000", "--image-size", "64")
        self.assertIsNone(report["results"][0]["steps_per_second"])
        self.assertIn("/dev/shm", table)

    def test_a_worker_that_is_killed_ends_the_run(self):
        process = subprocess.Popen(
            [sys.executable, SCRIPT, *TINY, "--strategy", "multiworker", "--steps", "100000", "--loaders", "0"],
            stderr=subprocess.PIPE, text=True,
        )
        try:
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
            deadline = time.monotonic() + 120
            while len(found := children.read_text(encoding="ascii").split()) < 2:
                self.assertLess(time.monotonic(), deadline, "no workers")
                time.sleep(0.2)
            subprocess.run(["kill", f"-{signal.SIGKILL.value}", found[-1]], check=True)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
        self.assertEqual(3, process.returncode)
        self.assertIn("a worker process ended with -9", errors)

    def test_numbers_that_make_no_sense_are_refused(self):
        for arguments in (["--batch-size", "0"], ["--warmup", "-1"], ["--strategy", "other"], ["--profile"]):
            done = subprocess.run([sys.executable, SCRIPT, *TINY, *arguments], capture_output=True, text=True, timeout=120)
            self.assertEqual(2, done.returncode, arguments)


if __name__ == "__main__":
    unittest.main()
