#!/usr/bin/env python3
"""Compare the module's tokenizers and encoders with this machine's transformers, through the cmdlet.

Tokens: vocabularies are trained on the texts below, and the ids that
Invoke-EmbeddingBatch gives to a model have to be those of Hugging Face's
tokenizers, whatever kind of file they come from.

Vectors: BERT, RoBERTa and DistilBERT get random parameters, saved as
safetensors, and sequences of many lengths, which the cmdlet computes in batches
of differing company and transformers each alone. What is wanted of every
sequence, with every pooling:

- float32 without TF32: no element differs by more than 1e-5 of the largest;
- half precision: the cosine with transformers' float32 is above 0.9999.

    python3 encoders.py --shell 'bin/egress-shell' --module egress/Egress.psd1 --out results --device cuda

needs transformers, tokenizers and sentencepiece. --programs exports the first
model as TorchScript and as a compiled package too, which takes a minute.
"""

import argparse
import copy
import glob
import json
import os
import shlex
import subprocess
import sys
import tempfile

import numpy as np

TOLERANCE = 1e-5
COSINE = 0.9999
POOLINGS = ("Mean", "Cls", "Last", "None")
PRECISIONS = ("Float32", "Float16", "BFloat16")
MAX_LENGTH = 128
LENGTHS = (*range(1, 40), 47, 48, 49, 63, 64, 65, 77, 96, 100, 111, 120, 125, 126)
# How many sequences are computed together, and how many batches are sorted by length together.
COMPANIES = ((7, 1), (16, 64), (1, 1))

TEXTS = [
    "The quick brown fox jumps over the lazy dog.", "HELLO World, hello\nworld\ttab\r\nreturn", "It's we'll they're I'd 'tis don't can't",
    "naïve café Ångström ÀÉÎÕÜ coöperate", "cafe\u0301 e\u0301 n\u0303", "price: $5+3=8 & <b>50%</b> ^_^ `code` ~x|y", "中文字符和 English 混合 日本語テスト",
    "한국어 텍스트", "Привет, мир! Ελληνικά κείμενα", "مرحبا بالعالم שלום עולם", "नमस्ते दुनिया ภาษาไทย", "emoji 😀 👩‍👩‍👧 ❤️ flags 🇩🇪",
    "zero\u200bwidth soft\u00adhyphen nbsp\u00a0space ideographic\u3000space", "", "   ", "\n", "a", "supercalifragilisticexpialidocious " * 3,
    "x" * 150, "1234567890 3.14159 2,000,000 1/2 №5", "[CLS] special [SEP] tokens [MASK] here [UNK]", "<s> other </s> special <mask> tokens <pad>",
    "e-mail: someone@example.org https://example.org/a?b=c#d", "tabs\t\tand  two   three    spaces  ", "“quotes” ‘single’ — dash – en … dots",
    "ﬁ ligature Ǆ digraph ſ long s İstanbul ı", "MixedCASE camelCase snake_case kebab-case", "long " * 200,
]


def quote(text):
    return "'" + str(text).replace("'", "''") + "'"


def run_module(arguments, lines, folder):
    """Runs commands in one process, without TF32."""
    script = os.path.join(folder, "run.ps1")
    with open(script, "w", encoding="utf-8") as file:
        file.write("\n".join(["$ErrorActionPreference = 'Stop'", f"Import-Module {quote(arguments.module)}", *lines]) + "\n")
    environment = {**os.environ, "NVIDIA_TF32_OVERRIDE": "0"}
    subprocess.run([*shlex.split(arguments.shell), "-File", script], check=True, env=environment, stdin=subprocess.DEVNULL)


def embed(arguments, sequences, destination, model, **options):
    """The command that embeds a file of sequences."""
    given = {"Device": arguments.device, "Format": "Npy", "IdColumn": "id", **options}
    text = " ".join(f"-{name} {quote(value) if isinstance(value, str) else value}" for name, value in given.items() if value is not None)
    return f"$null = Invoke-EmbeddingBatch -SequencePath {quote(sequences)} -Model {quote(model)} -Destination {quote(destination)} {text}"


def write_sequences(path, texts):
    with open(path, "w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"id": str(number), "text": text}) + "\n")
    return path


def read_vectors(folder):
    """What the cmdlet stored: by id, a vector or, of every token, a row."""
    vectors = {}
    for path in sorted(glob.glob(os.path.join(folder, "part-*.ids.json"))):
        stem = path[:-len(".ids.json")]
        with open(path, encoding="utf-8") as file:
            ids = json.load(file)["ids"]
        rows = np.load(f"{stem}.npy").astype(np.float64)
        offsets = np.load(f"{stem}.offsets.npy") if os.path.exists(f"{stem}.offsets.npy") else None
        for number, name in enumerate(ids):
            vectors[name] = rows[number] if offsets is None else rows[offsets[number]:offsets[number + 1]]
    return vectors


def pool(states, pooling):
    """Of the states of one sequence."""
    return {"Mean": lambda: states.mean(0), "Cls": lambda: states[0], "Last": lambda: states[-1], "None": lambda: states}[pooling]()


def compare_vectors(ours, theirs):
    """The largest difference as a share of the largest element, and the smallest cosine of a vector."""
    difference = np.abs(ours - theirs).max() / np.abs(theirs).max()
    ours, theirs = np.atleast_2d(ours), np.atleast_2d(theirs)
    cosine = (ours * theirs).sum(-1) / np.sqrt((ours**2).sum(-1) * (theirs**2).sum(-1))
    return float(difference), float(cosine.min())


def report(rows, **row):
    rows.append(row)
    print(" ".join(f"{value:.2e}" if isinstance(value, float) else str(value) for name, value in row.items() if name != "ok")
          + ("" if row["ok"] else "  NOT AS WANTED"), flush=True)


def train_tokenizers(folder):
    """Folders as models have them, with what gives the expected ids: texts in, ids without truncation out."""
    import sentencepiece
    from tokenizers import BertWordPieceTokenizer, ByteLevelBPETokenizer

    corpus = [text for text in TEXTS if text.strip()] * 3
    cases = {}

    def make(name, settings):
        path = os.path.join(folder, name)
        os.makedirs(path)
        with open(os.path.join(path, "tokenizer_config.json"), "w", encoding="utf-8") as file:
            json.dump(settings, file)
        return path

    trained = {}
    for name, lower in (("wordpiece", True), ("wordpiece-cased", False)):
        tokenizer = BertWordPieceTokenizer(lowercase=lower)
        tokenizer.train_from_iterator(corpus, vocab_size=700, min_frequency=1, show_progress=False)
        path = make(name, {"tokenizer_class": "BertTokenizer", "do_lower_case": lower})
        tokenizer.save_model(path)
        trained[name] = BertWordPieceTokenizer(os.path.join(path, "vocab.txt"), lowercase=lower)
        trained[name].add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
        cases[name] = (path, lambda text, of=trained[name]: of.encode(text).ids)
        saved = make(f"{name}.json", {})
        trained[name].save(os.path.join(saved, "tokenizer.json"))
        cases[f"{name}, tokenizer.json"] = (saved, cases[name][1])

    from tokenizers import AddedToken
    from tokenizers.processors import RobertaProcessing
    tokenizer = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(corpus, vocab_size=700, min_frequency=1, show_progress=False, special_tokens=special)
    path = make("bytes", {"tokenizer_class": "RobertaTokenizer"})
    tokenizer.save_model(path)
    tokenizer = ByteLevelBPETokenizer(os.path.join(path, "vocab.json"), os.path.join(path, "merges.txt"))
    tokenizer.add_special_tokens([*special[:-1], AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer._tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    cases["bytes"] = (path, lambda text: tokenizer.encode(text).ids)
    saved = make("bytes.json", {})
    tokenizer.save(os.path.join(saved, "tokenizer.json"))
    cases["bytes, tokenizer.json"] = (saved, cases["bytes"][1])

    path = make("sentencepiece", {"tokenizer_class": "XLMRobertaTokenizer"})
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([text.replace("\n", " ") for text in corpus]), model_prefix=os.path.join(path, "sentencepiece.bpe"),
        vocab_size=400, model_type="unigram", hard_vocab_limit=False, normalization_rule_name="nmt_nfkc", minloglevel=2)
    os.remove(os.path.join(path, "sentencepiece.bpe.vocab"))
    pieces = sentencepiece.SentencePieceProcessor(model_file=os.path.join(path, "sentencepiece.bpe.model"))
    cases["sentencepiece"] = (path, lambda text: [0, *(piece + 1 if piece else 3 for piece in pieces.encode(text)), 2])
    return cases


def compare_tokens(arguments, folder, rows):
    """A model whose states are the ids shows what a tokenizer has given it."""
    import torch

    class Ids(torch.nn.Module):
        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return ids.to(torch.float32).unsqueeze(-1)

    program = os.path.join(folder, "ids.pt")
    torch.jit.script(Ids()).save(program)
    cases = train_tokenizers(folder)
    # Special tokens in the middle of a text go to the library that has them only; SentencePiece itself knows none.
    texts = {name: [text for text in TEXTS if text.strip() or name != "sentencepiece"] for name in cases}
    texts["sentencepiece"] = [text for text in texts["sentencepiece"] if "<" not in text]
    lines = []
    for number, (name, (path, _)) in enumerate(cases.items()):
        sequences = write_sequences(os.path.join(folder, f"tokens-{number}.jsonl"), texts[name])
        lines.append(embed(arguments, sequences, os.path.join(folder, f"tokens-{number}"), program, Tokenizer=path, Pooling="None",
                           MaxLength=MAX_LENGTH, BatchSize=8))
    run_module(arguments, lines, folder)
    for number, (name, (_, expected)) in enumerate(cases.items()):
        ours = read_vectors(os.path.join(folder, f"tokens-{number}"))
        different = []
        for at, text in enumerate(texts[name]):
            ids = expected(text)
            ids = ids if len(ids) <= MAX_LENGTH else [*ids[:MAX_LENGTH - 1], ids[-1]]
            if str(at) in ours and ours[str(at)][:, 0].astype(int).tolist() == ids:
                continue
            different.append({"text": text, "expected": ids, "ours": ours[str(at)][:, 0].astype(int).tolist() if str(at) in ours else None})
        report(rows, kind="tokens", case=name, texts=len(texts[name]), different=len(different), ok=not different)
        for item in different[:3]:
            print(f"  {item}", flush=True)


def build_models(folder):
    """Models with random parameters, large enough for differences to show, and the word that is one piece."""
    import torch
    from transformers import (BertConfig, BertForMaskedLM, BertModel, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel)

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"w{number}" for number in range(995))]
    bert = dict(vocab_size=len(words), hidden_size=192, num_hidden_layers=4, num_attention_heads=3, intermediate_size=384,
                max_position_embeddings=MAX_LENGTH + 2, initializer_range=0.04)
    cases = {
        "bert": (BertModel, BertConfig(**bert)),
        "bert of a task, gelu_new": (BertForMaskedLM, BertConfig(**{**bert, "hidden_act": "gelu_new"})),
        "roberta": (RobertaModel, RobertaConfig(**{**bert, "pad_token_id": 1, "layer_norm_eps": 1e-5, "type_vocab_size": 1})),
        "distilbert": (DistilBertModel, DistilBertConfig(vocab_size=len(words), dim=192, n_layers=3, n_heads=3, hidden_dim=384,
                                                        max_position_embeddings=MAX_LENGTH, initializer_range=0.04)),
    }
    models = {}
    for name, (kind, config) in cases.items():
        torch.manual_seed(len(name))
        model = kind(config).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() == 1:
                    parameter.add_(torch.randn_like(parameter) * 0.1)
        path = os.path.join(folder, name.replace(" ", "-"))
        model.save_pretrained(path)
        with open(os.path.join(path, "vocab.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(words) + "\n")
        models[name] = (path, getattr(model, "bert", model))
    return models


def sequences_of_all_lengths():
    """Texts whose words are one piece each, in no order, and their ids."""
    random = np.random.default_rng(3)
    lengths = random.permutation([length for length in LENGTHS if length <= MAX_LENGTH - 2])
    ids = [random.integers(5, 1000, length) for length in lengths]
    return [" ".join(f"W{piece - 5}" for piece in sequence) for sequence in ids], [[2, *sequence.tolist(), 3] for sequence in ids]


def states_of(model, ids, device):
    """The last hidden states of each sequence, computed alone."""
    import torch

    with torch.inference_mode():
        return [model(input_ids=torch.tensor([sequence], device=device)).last_hidden_state[0].double().cpu().numpy() for sequence in ids]


def compare_models(arguments, folder, rows):
    import torch

    models = build_models(folder)
    texts, ids = sequences_of_all_lengths()
    sequences = write_sequences(os.path.join(folder, "sequences.jsonl"), texts)
    lines, places = [], {}
    for name, (path, _) in models.items():
        for precision in arguments.precision:
            for pooling in POOLINGS:
                for batch, window in COMPANIES if precision == "Float32" else COMPANIES[:1]:
                    place = os.path.join(folder, f"out-{len(places)}")
                    places[name, precision, pooling, batch] = place
                    lines.append(embed(arguments, sequences, place, path, Pooling=pooling, ModelPrecision=precision, BatchSize=batch,
                                       Window=window, MaxLength=MAX_LENGTH))
    run_module(arguments, lines, folder)
    device = "cuda" if arguments.device.startswith("cuda") else "cpu"
    for name, (_, model) in models.items():
        model = model.to(device)
        states = states_of(model, ids, device)
        half = {precision: states_of(copy.deepcopy(model).to(getattr(torch, precision.lower())), ids, device)
                for precision in arguments.precision if precision != "Float32"}
        model.cpu()
        for (of, precision, pooling, batch), place in places.items():
            if of != name:
                continue
            ours = read_vectors(place)
            results = [compare_vectors(ours[str(number)], pool(state, pooling)) for number, state in enumerate(states)]
            difference, cosine = max(result[0] for result in results), min(result[1] for result in results)
            good = difference < TOLERANCE if precision == "Float32" else cosine > COSINE
            row = {"kind": "vectors", "case": name, "precision": precision, "pooling": pooling, "batch": batch, "difference": difference, "lost": 1 - cosine}
            if precision in half:
                # What transformers itself loses in this precision, to see whether more could be had.
                row["transformers_loses"] = 1 - min(
                    compare_vectors(pool(own, pooling), pool(state, pooling))[1] for own, state in zip(half[precision], states))
            report(rows, **row, ok=len(ours) == len(texts) and good)
    return models


def compare_programs(arguments, folder, models, rows):
    import torch

    path, model = next(iter(models.values()))
    device = "cuda" if arguments.device.startswith("cuda") else "cpu"

    class States(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    batch = 4
    example = (torch.full((batch, MAX_LENGTH), 7, device=device), torch.ones((batch, MAX_LENGTH), dtype=torch.long, device=device))
    # Different lengths, so that no mask is taken for none.
    example[1][0, 50:] = 0
    module = States().to(device).eval()
    programs = {}

    def trace(path):
        torch.jit.trace(module, example).save(path)

    def compile_package(path):
        import torch._inductor

        torch._inductor.aoti_compile_and_package(torch.export.export(module, example), package_path=path)

    makers = {"traced.pt": trace, **({"compiled.pt2": compile_package} if hasattr(torch, "export") else {})}
    for name, make in makers.items():
        try:
            with torch.no_grad():
                make(os.path.join(folder, name))
            programs[name] = os.path.join(folder, name)
        except Exception as error:  # what can be exported of a model depends on the libraries' versions
            report(rows, kind="programs", case=name, error=str(error).split("\n", 1)[0], ok=False)
    model.cpu()
    texts, ids = sequences_of_all_lengths()
    sequences = write_sequences(os.path.join(folder, "sequences.jsonl"), texts)
    run_module(arguments, [
        embed(arguments, sequences, os.path.join(folder, f"out-{kind}"), program, Tokenizer=path, BatchSize=batch, MaxLength=MAX_LENGTH,
              Pooling="Mean") + " -AllowNativeCode"
        for kind, program in programs.items()], folder)
    with torch.inference_mode():
        states = [model(input_ids=torch.tensor([sequence])).last_hidden_state[0].double().numpy() for sequence in ids]
    for kind in programs:
        ours = read_vectors(os.path.join(folder, f"out-{kind}"))
        difference = max(compare_vectors(ours[str(number)], state.mean(0))[0] for number, state in enumerate(states))
        report(rows, kind="programs", case=kind, difference=difference, ok=difference < TOLERANCE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shell", default="egress-shell", help="the program that runs PowerShell scripts (default: egress-shell)")
    parser.add_argument("--module", required=True, help="Egress.psd1")
    parser.add_argument("--device", default="cuda", help="cpu or cuda (default: cuda)")
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--only", choices=("tokens", "vectors"), help="one part")
    parser.add_argument("--programs", action="store_true", help="compare TorchScript and a compiled package too")
    parser.add_argument("--out", help="a folder for encoders.json")
    arguments = parser.parse_args()

    # Read when the libraries of NVIDIA are loaded, so before torch is.
    os.environ["NVIDIA_TF32_OVERRIDE"] = "0"
    import torch
    import transformers

    torch.backends.cuda.matmul.allow_tf32 = False
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {arguments.device}", flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        if arguments.only != "vectors":
            compare_tokens(arguments, folder, rows)
        if arguments.only != "tokens":
            models = compare_models(arguments, folder, rows)
            if arguments.programs:
                compare_programs(arguments, folder, models, rows)
    if arguments.out:
        os.makedirs(arguments.out, exist_ok=True)
        with open(os.path.join(arguments.out, "encoders.json"), "w", encoding="utf-8") as file:
            json.dump({"torch": str(torch.__version__), "transformers": transformers.__version__, "rows": rows}, file, indent=1)
    wrong = [row for row in rows if not row["ok"]]
    print(f"{len(rows)} comparisons, {len(wrong)} not as wanted", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
