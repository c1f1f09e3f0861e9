#!/usr/bin/env python3
"""Write the hidden states that the tests of the encoders compare against.

Computes BERT, RoBERTa and DistilBERT from the published equations, in NumPy and
float64, each sequence alone: no padding, no mask, no library that knows what an
encoder is. Parameters come from the formula of make_reference.py, with one more
kind, so that any language can rebuild them:

    two dimensions          (2u - 1) * sqrt(3 / columns)

    apt install python3-numpy
    python3 make_encoder_reference.py --out tests/EgressBackend.Tests/Fixtures

writes <family>.encoder.json for each: config.json, names and shapes of the
parameters as Hugging Face has them, token ids, and the last layer's states.
"""

import argparse
import json
import math
import os

import numpy as np

LENGTHS = (5, 1, 12, 7, 8)
SIZES = {"vocab_size": 50, "max_position_embeddings": 20}
CONFIGS = {
    "bert": {"model_type": "bert", "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40,
             "hidden_act": "gelu", "layer_norm_eps": 1e-12, "type_vocab_size": 2, "pad_token_id": 0, **SIZES},
    "roberta": {"model_type": "roberta", "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48,
                "hidden_act": "gelu_new", "layer_norm_eps": 1e-5, "type_vocab_size": 1, "pad_token_id": 1, **SIZES},
    "distilbert": {"model_type": "distilbert", "dim": 20, "n_layers": 2, "n_heads": 5, "hidden_dim": 32, "activation": "relu",
                   "pad_token_id": 0, **SIZES},
}
BERT = {"layer": "encoder.layer", "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
        "mixed": "attention.output.dense", "mixed_norm": "attention.output.LayerNorm", "inner": "intermediate.dense",
        "outer": "output.dense", "outer_norm": "output.LayerNorm"}
DISTILBERT = {"layer": "transformer.layer", "query": "attention.q_lin", "key": "attention.k_lin", "value": "attention.v_lin",
              "mixed": "attention.out_lin", "mixed_norm": "sa_layer_norm", "inner": "ffn.lin1", "outer": "ffn.lin2",
              "outer_norm": "output_layer_norm"}


def uniform(name, count):
    start = 0xCBF29CE484222325
    for byte in name.encode():
        start = ((start ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(start) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.float64) / 2**24


class Encoder:
    """One family, with its parameters."""

    def __init__(self, config):
        self.distil = config["model_type"] == "distilbert"
        self.names = DISTILBERT if self.distil else BERT
        self.width = config["dim" if self.distil else "hidden_size"]
        self.layers = config["n_layers" if self.distil else "num_hidden_layers"]
        self.heads = config["n_heads" if self.distil else "num_attention_heads"]
        self.inner = config["hidden_dim" if self.distil else "intermediate_size"]
        self.activation = config["activation" if self.distil else "hidden_act"]
        self.epsilon = config.get("layer_norm_eps", 1e-12)
        self.types = 0 if self.distil else config["type_vocab_size"]
        self.first = config["pad_token_id"] + 1 if config["model_type"] == "roberta" else 0
        self.shapes = {}
        self.values = {}
        self.declare("embeddings.word_embeddings.weight", config["vocab_size"], self.width)
        self.declare("embeddings.position_embeddings.weight", config["max_position_embeddings"], self.width)
        if self.types:
            self.declare("embeddings.token_type_embeddings.weight", self.types, self.width)
        self.declare_norm("embeddings.LayerNorm")
        for number in range(self.layers):
            for part, outputs, inputs in (("query", 0, 0), ("key", 0, 0), ("value", 0, 0), ("mixed", 0, 0), ("mixed_norm", None, None),
                                          ("inner", 1, 0), ("outer", 0, 1), ("outer_norm", None, None)):
                name = f"{self.names['layer']}.{number}.{self.names[part]}"
                if outputs is None:
                    self.declare_norm(name)
                    continue
                sizes = (self.width, self.inner)
                self.declare(f"{name}.weight", sizes[outputs], sizes[inputs])
                self.declare(f"{name}.bias", sizes[outputs])

    def declare(self, name, *shape):
        u = uniform(name, math.prod(shape)).reshape(shape)
        values = (2 * u - 1) * math.sqrt(3 / shape[1]) if len(shape) == 2 else 0.75 + 0.5 * u if name.endswith(".weight") else (2 * u - 1) * 0.1
        self.shapes[name] = list(shape)
        self.values[name] = values.astype(np.float32).astype(np.float64)

    def declare_norm(self, name):
        self.declare(f"{name}.weight", self.width)
        self.declare(f"{name}.bias", self.width)

    def linear(self, x, name):
        return x @ self.values[f"{name}.weight"].T + self.values[f"{name}.bias"]

    def norm(self, x, name):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + self.epsilon)
        return scaled * self.values[f"{name}.weight"] + self.values[f"{name}.bias"]

    def activate(self, x):
        if self.activation == "relu":
            return np.maximum(x, 0)
        if self.activation == "gelu_new":
            return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))

    def attend(self, x, name):
        depth = self.width // self.heads
        query, key, value = (self.linear(x, f"{name}.{self.names[part]}") for part in ("query", "key", "value"))
        results = []
        for head in range(self.heads):
            own = slice(head * depth, (head + 1) * depth)
            scores = query[:, own] @ key[:, own].T / math.sqrt(depth)
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            results.append(weights / weights.sum(-1, keepdims=True) @ value[:, own])
        return self.linear(np.concatenate(results, -1), f"{name}.{self.names['mixed']}")

    def states(self, ids):
        x = self.values["embeddings.word_embeddings.weight"][ids]
        x = x + self.values["embeddings.position_embeddings.weight"][self.first:self.first + len(ids)]
        if self.types:
            x = x + self.values["embeddings.token_type_embeddings.weight"][0]
        x = self.norm(x, "embeddings.LayerNorm")
        for number in range(self.layers):
            name = f"{self.names['layer']}.{number}"
            x = self.norm(x + self.attend(x, name), f"{name}.{self.names['mixed_norm']}")
            inner = self.activate(self.linear(x, f"{name}.{self.names['inner']}"))
            x = self.norm(x + self.linear(inner, f"{name}.{self.names['outer']}"), f"{name}.{self.names['outer_norm']}")
        return x


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, help="where the files go")
    arguments = parser.parse_args()
    for family, config in CONFIGS.items():
        encoder = Encoder(config)
        sequences = []
        for number, length in enumerate(LENGTHS):
            ids = np.floor(uniform(f"sequence {number}", length) * config["vocab_size"]).astype(int)
            sequences.append({"ids": ids.tolist(), "states": [float(f"{value:.8g}") for value in encoder.states(ids).ravel()]})
        reference = {"config": config, "parameters": encoder.shapes, "sequences": sequences}
        with open(os.path.join(arguments.out, f"{family}.encoder.json"), "w", encoding="utf-8") as file:
            json.dump(reference, file, separators=(",", ":"))
            file.write("\n")


if __name__ == "__main__":
    main()
