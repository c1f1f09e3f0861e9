using System.Text.Json;
using Egress.Input;

namespace Egress.Backend.Tokenizers;

/// <summary>
/// Reads a <c>tokenizer.json</c>, which newer models have instead of a vocabulary's files: WordPiece and byte-level BPE with what BERT
/// and RoBERTa do around them. What is not known is refused: other tokens would make other vectors.
/// </summary>
internal sealed class TokenizerJson
{
    private const string Otherwise =
        "Use a tokenizer of BERT's or RoBERTa's kind, or give -Tokenizer the model's vocab.txt, vocab.json and merges.txt, or .model file.";

    private readonly string _path;
    private readonly JsonElement _root;

    private TokenizerJson(string path, JsonElement root)
    {
        _path = path;
        _root = root;
    }

    /// <summary>Opens a tokenizer.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.TokenizerInvalid"/>.</exception>
    public static ITokenizer Open(string path) => new TokenizerJson(path, TokenizerFile.Parse(path)).Build();

    /// <summary>Reads a special token; null of one that is none: texts name those after they were normalised.</summary>
    public static SpecialToken? ReadAdded(JsonElement token, int id) =>
        token.ValueKind == JsonValueKind.Object && IsTrue(token, "special") && token.TryGetProperty("content", out var content)
            && content.ValueKind == JsonValueKind.String
            ? new SpecialToken(content.GetString()!, id, IsTrue(token, "lstrip"), IsTrue(token, "rstrip"))
            : null;

    private TextTokenizer Build()
    {
        var model = Member(_root, "model", JsonValueKind.Object);
        var kind = Type(model);
        var vocabulary = kind is "WordPiece" or "BPE"
            ? TokenizerFile.Vocabulary(_path, Member(model, "vocab", JsonValueKind.Object))
            : throw TokenizerFile.Invalid(_path, $"its model is {kind}, which is not known here", Otherwise);
        var added = Added().ToList();
        var size = Math.Max(vocabulary.Values.Max(), added.Select(token => token.Id).DefaultIfEmpty(0).Max()) + 1;
        IPieces pieces = kind == "WordPiece" ? WordPieces(model, vocabulary) : ByteLevel(model, vocabulary);
        var (opening, closing) = Around();
        return new TextTokenizer(pieces, size, added, opening, closing);
    }

    private WordPieces WordPieces(JsonElement model, Dictionary<string, int> vocabulary)
    {
        Expect("normalizer", "BertNormalizer");
        Expect("pre_tokenizer", "BertPreTokenizer");
        var normalizer = _root.GetProperty("normalizer");
        var lowers = IsTrue(normalizer, "lowercase");
        return new WordPieces(
            vocabulary,
            Text(model, "unk_token") ?? "[UNK]",
            new BertNormaliser
            {
                Cleans = IsTrue(normalizer, "clean_text"),
                SeparatesChinese = IsTrue(normalizer, "handle_chinese_chars"),
                Lowers = lowers,
                StripsAccents = Has(normalizer, "strip_accents") ? IsTrue(normalizer, "strip_accents") : lowers,
            },
            Text(model, "continuing_subword_prefix") ?? "##");
    }

    private ByteLevelPieces ByteLevel(JsonElement model, Dictionary<string, int> vocabulary)
    {
        Expect("pre_tokenizer", "ByteLevel");
        if (Has(_root, "normalizer"))
        {
            throw TokenizerFile.Invalid(_path, $"its normalizer is {Type(_root.GetProperty("normalizer"))}, and byte-level BPE is known without one only", Otherwise);
        }

        var words = _root.GetProperty("pre_tokenizer");
        if (Has(words, "use_regex") && !IsTrue(words, "use_regex"))
        {
            throw TokenizerFile.Invalid(_path, "its words are not those of GPT-2", Otherwise);
        }

        var merges = Member(model, "merges", JsonValueKind.Array).EnumerateArray().Select(Merge).ToList();
        return new ByteLevelPieces(vocabulary, merges, Text(model, "unk_token"), IsTrue(words, "add_prefix_space"));
    }

    /// <summary>A pair, as one text or as two.</summary>
    private string Merge(JsonElement merge) => merge.ValueKind switch
    {
        JsonValueKind.String => merge.GetString()!,
        JsonValueKind.Array when merge.GetArrayLength() == 2 => $"{merge[0].GetString()} {merge[1].GetString()}",
        _ => throw TokenizerFile.Invalid(_path, $"a merge is {merge.GetRawText()}"),
    };

    private IEnumerable<SpecialToken> Added() => !Has(_root, "added_tokens")
        ? []
        : Member(_root, "added_tokens", JsonValueKind.Array).EnumerateArray()
            .Select(token => ReadAdded(token, Number(token, "id")) ?? Plain(token)).OfType<SpecialToken>();

    private SpecialToken? Plain(JsonElement token) => Text(token, "content") is { } content && !IsTrue(token, "special")
        ? throw TokenizerFile.Invalid(_path, $"its added token '{content}' is no special one, which is not known here", Otherwise)
        : null;

    /// <summary>The ids before and behind a single text.</summary>
    private (int[] Opening, int[] Closing) Around()
    {
        if (!Has(_root, "post_processor"))
        {
            return ([], []);
        }

        var processor = _root.GetProperty("post_processor");
        return Type(processor) switch
        {
            "ByteLevel" => ([], []),
            "BertProcessing" or "RobertaProcessing" => ([Pair(processor, "cls")], [Pair(processor, "sep")]),
            "TemplateProcessing" => Template(processor),
            var kind => throw TokenizerFile.Invalid(_path, $"its post_processor is {kind}, which is not known here", Otherwise),
        };
    }

    private (int[] Opening, int[] Closing) Template(JsonElement processor)
    {
        var ids = Member(processor, "special_tokens", JsonValueKind.Object);
        var parts = Member(processor, "single", JsonValueKind.Array).EnumerateArray().ToList();
        var text = parts.FindIndex(part => Has(part, "Sequence"));
        int[] Special(IEnumerable<JsonElement> of) =>
            [.. of.SelectMany(part => Member(Member(ids, Text(Member(part, "SpecialToken", JsonValueKind.Object), "id") ?? "", JsonValueKind.Object), "ids", JsonValueKind.Array).EnumerateArray())
                .Select(id => id.TryGetInt32(out var number) && number >= 0 ? number : throw TokenizerFile.Invalid(_path, $"a special token's id is {id.GetRawText()}"))];

        return text >= 0
            ? (Special(parts.Take(text)), Special(parts.Skip(text + 1)))
            : throw TokenizerFile.Invalid(_path, "its template has no place for the text");
    }

    private int Pair(JsonElement processor, string name)
    {
        var pair = Member(processor, name, JsonValueKind.Array);
        return pair.GetArrayLength() == 2 && pair[1].TryGetInt32(out var id) && id >= 0
            ? id
            : throw TokenizerFile.Invalid(_path, $"{name} is {pair.GetRawText()}");
    }

    private void Expect(string name, string type)
    {
        var actual = Has(_root, name) ? Type(_root.GetProperty(name)) : "none";
        if (actual != type)
        {
            throw TokenizerFile.Invalid(_path, $"its {name} is {actual}, and only {type} is known here", Otherwise);
        }
    }

    private JsonElement Member(JsonElement of, string name, JsonValueKind kind) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == kind
            ? value
            : throw TokenizerFile.Invalid(_path, $"'{name}' is missing or no {(kind == JsonValueKind.Array ? "list" : "object")}");

    private int Number(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var number) && number >= 0
            ? number
            : throw TokenizerFile.Invalid(_path, $"'{name}' of an added token is missing or no id");

    private static string Type(JsonElement of) => Text(of, "type") ?? "of no kind";

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Has(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    private static bool IsTrue(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
