using System.Text;
using System.Text.Json;
using Egress.Input;
using Egress.Tests;

namespace Egress.Backend.Tests.Tokenizers;

public sealed class SentencePieceTests : IDisposable
{
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;

    // A model as the trainer writes it, with the scores of the pieces made up.
    private static readonly (string Piece, float Score, int Type)[] s_pieces =
    [
        ("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), ("▁", -3, Normal), ("▁the", -2, Normal), ("▁th", -4, Normal),
        ("e", -5, Normal), ("t", -6, Normal), ("h", -6, Normal), ("▁he", -4, Normal), ("llo", -3.5f, Normal), ("l", -6, Normal), ("o", -6, Normal),
        ("▁hello", -9, Normal), ("lo", -2, Normal),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("the hello", "<s> ▁the ▁he llo </s>")]
    [InlineData("  the   e ", "<s> ▁the ▁ e </s>")]
    [InlineData("thx", "<s> ▁th <unk> </s>")]
    [InlineData("xyz xthz", "<s> ▁ <unk> ▁ <unk> t h <unk> </s>")]
    [InlineData("", "<s> </s>")]
    [InlineData("the</s>", "<s> ▁the </s> </s>")]
    public void Texts_become_the_pieces_of_the_best_score(string text, string pieces)
    {
        Assert.Equal(pieces, Pieces(Open("sentencepiece.bpe.model"), text, XlmRoberta));
    }

    /// <summary>
    /// A small model that SentencePiece 0.1.97 trained with rules that change, join and remove characters, and the ids that it gives.
    /// </summary>
    [Fact]
    public void Ids_are_those_of_SentencePiece()
    {
        using (var model = File.Create(_folder["sentencepiece.bpe.model"]))
        {
            using var fixture = Fixture("sentences.model");
            fixture.CopyTo(model);
        }

        using var stream = Fixture("sentences.json");
        using var document = JsonDocument.Parse(stream);
        var tokenizer = new TorchBackend().OpenTokenizer(_folder[""]);
        var ids = new int[64];
        var texts = document.RootElement.GetProperty("texts").EnumerateArray().Zip(document.RootElement.GetProperty("ids").EnumerateArray()).ToList();
        Assert.Equal(10, texts.Count);
        foreach (var (text, expected) in texts)
        {
            var count = tokenizer.Encode(text.GetString()!, ids);
            Assert.Equal(expected.EnumerateArray().Select(id => id.GetInt32()), ids[..count]);
        }
    }

    /// <summary>Beside every way to cut a text, the best of which is looked for.</summary>
    [Fact]
    public void Random_texts_become_the_pieces_of_the_best_score()
    {
        var tokenizer = Open("sentencepiece.bpe.model");
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var text = string.Concat(Enumerable.Range(0, 1 + random.Next(10)).Select(_ => "helot "[random.Next(6)])).Trim(' ');
            if (text.Length == 0)
            {
                continue;
            }

            var marked = "▁" + string.Join('▁', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            var best = Cuts(marked).Max(cut => cut.Score);
            var found = Pieces(tokenizer, text, XlmRoberta).Split(' ')[1..^1];
            Assert.Equal(marked, string.Concat(found));
            Assert.Equal(best, found.Sum(piece => s_pieces.First(known => known.Piece == piece).Score), 1e-4f);
        }
    }

    [Theory]
    [InlineData("""{"tokenizer_class": "XLMRobertaTokenizer"}""", 0, 5, 2)]
    [InlineData("""{"tokenizer_class": "CamembertTokenizerFast"}""", 5, 8, 6)]
    [InlineData("""{"tokenizer_class": "T5Tokenizer"}""", -1, 4, 2)]
    [InlineData("""{"tokenizer_class": "LlamaTokenizer"}""", 1, 4, -1)]
    [InlineData("""{"tokenizer_class": "LlamaTokenizer", "add_bos_token": false, "add_eos_token": true}""", -1, 4, 2)]
    [InlineData("{}", -1, 4, 2)]
    public void Ids_are_those_of_the_model_that_the_settings_name(string settings, int opening, int the, int closing)
    {
        var ids = new int[8];

        var count = Open("spiece.model", settings).Encode("the", ids);

        Assert.Equal(new[] { opening, the, closing }.Where(id => id >= 0), ids[..count]);
    }

    [Fact]
    public void What_is_unknown_has_the_id_of_the_model_that_the_settings_name()
    {
        var ids = new int[8];
        var tokenizer = Open("spiece.model", """{"tokenizer_class": "XLMRobertaTokenizer"}""");

        Assert.Equal(4, tokenizer.Encode("thx", ids));
        Assert.Equal([0, 6, 3, 2], ids[..4]);
        Assert.Equal(17, tokenizer.VocabularySize);
        Assert.Equal(15, Open("spiece.model", """{"tokenizer_class": "T5Tokenizer"}""").VocabularySize);
    }

    [Fact]
    public void What_is_too_long_is_cut_so_that_the_closing_token_fits()
    {
        var tokenizer = Open("sentencepiece.bpe.model");

        Assert.Equal("<s> ▁the ▁he </s>", Pieces(tokenizer, "the hello the", XlmRoberta, 4));
        Assert.Equal("<s> </s>", Pieces(tokenizer, "the hello the", XlmRoberta, 2));
    }

    [Fact]
    public void What_is_no_model_is_refused()
    {
        _ = Open("spiece.model");
        foreach (var content in new byte[][] { [], "nothing"u8.ToArray(), [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F] })
        {
            File.WriteAllBytes(_folder["spiece.model"], content);
            Assert.Equal(EgressErrorId.TokenizerInvalid, Assert.Throws<EgressException>(() => new TorchBackend().OpenTokenizer(_folder[""])).ErrorId);
        }

        var error = Assert.Throws<EgressException>(() => Open("spiece.model", """{"tokenizer_class": "AlbertTokenizer"}"""));
        Assert.Contains("AlbertTokenizer", error.Message, StringComparison.Ordinal);
        Assert.Contains("XLM-RoBERTa", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_models_none_is_taken_by_chance()
    {
        _ = Open("a.model");
        _ = Open("b.model", null);

        Assert.Contains("2 SentencePiece models: a.model, b.model", Assert.Throws<EgressException>(() => new TorchBackend().OpenTokenizer(_folder[""])).Message, StringComparison.Ordinal);
        Assert.Equal(15, new TorchBackend().OpenTokenizer(_folder["a.model"]).VocabularySize);
    }

    internal static Stream Fixture(string name) =>
        typeof(SentencePieceTests).Assembly.GetManifestResourceStream($"Egress.Backend.Tests.Fixtures.{name}")!;

    private static string XlmRoberta(int id) => id switch { 0 => "<s>", 1 => "<pad>", 2 => "</s>", 3 => "<unk>", _ => s_pieces[id - 1].Piece };

    private static IEnumerable<(string Cut, float Score)> Cuts(string text) => text.Length == 0
        ? [("", 0)]
        : s_pieces.Where(piece => piece.Type == Normal && text.StartsWith(piece.Piece, StringComparison.Ordinal))
            .SelectMany(piece => Cuts(text[piece.Piece.Length..]).Select(rest => ($"{piece.Piece} {rest.Cut}", piece.Score + rest.Score)));

    private static string Pieces(ITokenizer tokenizer, string text, Func<int, string> name, int room = 64)
    {
        var ids = new int[room];
        return string.Join(' ', ids[..tokenizer.Encode(text, ids)].Select(name));
    }

    private ITokenizer Open(string file, string? settings = null)
    {
        File.WriteAllBytes(_folder[file], Model());
        if (settings is not null)
        {
            File.WriteAllText(_folder["tokenizer_config.json"], settings);
        }

        return new TorchBackend().OpenTokenizer(_folder[file]);
    }

    /// <summary>The protocol buffer: pieces (1), the trainer's settings (2) and the normaliser's (3).</summary>
    internal static byte[] Model()
    {
        using var stream = new MemoryStream();
        foreach (var (piece, score, type) in s_pieces)
        {
            Add(stream, 1, [.. Message(1, Encoding.UTF8.GetBytes(piece)), (2 << 3) | 5, .. BitConverter.GetBytes(score), 3 << 3, (byte)type]);
        }

        // Unigram; ids of <unk>, <s> and </s>; no padding, which is -1.
        Add(stream, 2, [3 << 3, 1, .. Number(40, 0), .. Number(41, 1), .. Number(42, 2), .. Number(43, ulong.MaxValue)]);

        // A space before the text, no more than one between words, and all of them marked.
        Add(stream, 3, [.. Message(1, "identity"u8.ToArray()), 3 << 3, 1, 4 << 3, 1, 5 << 3, 1]);
        return stream.ToArray();
    }

    private static void Add(Stream stream, int field, byte[] content) => stream.Write(Message(field, content));

    private static byte[] Message(int field, byte[] content) => [(byte)((field << 3) | 2), .. Variable((ulong)content.Length), .. content];

    private static byte[] Number(int field, ulong value) => [.. Variable((ulong)(field << 3)), .. Variable(value)];

    private static IEnumerable<byte> Variable(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }
}
