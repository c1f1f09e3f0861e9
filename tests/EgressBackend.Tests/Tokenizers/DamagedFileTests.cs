using System.Text;
using Egress.Tests;

namespace Egress.Backend.Tests.Tokenizers;

/// <summary>Files that something has damaged: they are taken, or refused with an error that says so; nothing else.</summary>
public sealed class DamagedFileTests : IDisposable
{
    private const int Rounds = 400;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n##s\nworld\n")]
    [InlineData("tokenizer_config.json", """{"do_lower_case": true, "cls_token": {"content": "[CLS]"}, "added_tokens_decoder": {"1": {"content": "[UNK]", "special": true}}}""")]
    [InlineData("tokenizer.json", TokenizerJsonTests.Bert)]
    [InlineData("tokenizer.json", TokenizerJsonTests.Roberta)]
    [InlineData("vocab.json", """{"<s>": 0, "</s>": 1, "Ġ": 2, "h": 3, "e": 4, "he": 5}""")]
    [InlineData("merges.txt", "#version: 0.2\nh e\nĠ he\n")]
    [InlineData("config.json", """{"model_type": "bert", "vocab_size": 50, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "type_vocab_size": 2, "pad_token_id": 0, "max_position_embeddings": 20}""")]
    public void Text_is_taken_or_refused(string name, string content) => Damage(name, Encoding.UTF8.GetBytes(content));

    [Fact]
    public void A_SentencePiece_model_is_taken_or_refused()
    {
        Damage("sentencepiece.bpe.model", SentencePieceTests.Model());
        using var stream = new MemoryStream();
        using var fixture = SentencePieceTests.Fixture("sentences.model");
        fixture.CopyTo(stream);
        Damage("sentencepiece.bpe.model", stream.ToArray());
    }

    private void Damage(string name, byte[] original)
    {
        var random = new Random(11);
        var (taken, refused) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            Write(name, Mutation.Of(original, random));
            try
            {
                Open(name);
                taken++;
            }
            catch (EgressException error) when (error.ErrorId is EgressErrorId.TokenizerInvalid or EgressErrorId.ModelConfigInvalid)
            {
                Assert.False(string.IsNullOrEmpty(error.Advice));
                refused++;
            }
        }

        Assert.InRange(taken, 1, Rounds - 1);
        Assert.InRange(refused, 1, Rounds - 1);
    }

    private void Open(string name)
    {
        if (name == "config.json")
        {
            _ = Backend.Embedding.EncoderFolder.ReadShape(_folder[""]);
            return;
        }

        var ids = new int[16];
        var tokenizer = new TorchBackend().OpenTokenizer(_folder[""]);
        var count = tokenizer.Encode("hello [MASK] the world", ids);
        Assert.InRange(count, 0, 16);

        // A vocabulary can be damaged so that its ids are others than its pieces; the encoder refuses those that it does not have. A
        // SentencePiece model can fall back to bytes without having any.
        Assert.All(name.EndsWith(".model", StringComparison.Ordinal) ? [] : ids[..count], id => Assert.InRange(id, 0, int.MaxValue));
    }

    private void Write(string name, byte[] content)
    {
        // What belongs to the file is there, and sound.
        var others = name switch
        {
            "tokenizer_config.json" => ("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n"),
            "vocab.json" => ("merges.txt", "#version: 0.2\nh e\n"),
            "merges.txt" => ("vocab.json", """{"<s>": 0, "</s>": 1, "Ġ": 2, "h": 3, "e": 4, "he": 5, "Ġhe": 6}"""),
            _ => ("README.md", ""),
        };
        File.WriteAllText(_folder[others.Item1], others.Item2);
        File.WriteAllBytes(_folder[name], content);
    }
}
