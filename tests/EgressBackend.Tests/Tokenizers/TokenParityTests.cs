using System.Text.Json;
using Egress.Tests;

namespace Egress.Backend.Tests.Tokenizers;

/// <summary>
/// Beside the ids that Hugging Face's own tokenizers (the library in Rust) give texts of many scripts. Characters that Unicode knows
/// since version 9 are left out: that library has older tables of what is a letter, a mark or punctuation.
/// </summary>
public sealed class TokenParityTests : IDisposable
{
    private static readonly JsonElement s_fixture = Read();

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Settings { get; } =
        [.. new[] { "bert", "roberta" }.SelectMany(kind => s_fixture.GetProperty(kind).GetProperty("ids").EnumerateObject().Select(ids => (kind, ids.Name)))];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Settings))]
    public void Ids_are_those_of_Hugging_Face(string kind, string settings)
    {
        var fixture = s_fixture.GetProperty(kind);
        string[] vocabulary = [.. fixture.GetProperty("vocabulary").EnumerateArray().Select(piece => piece.GetString()!)];
        if (kind == "bert")
        {
            File.WriteAllLines(_folder["vocab.txt"], vocabulary);
        }
        else
        {
            File.WriteAllText(_folder["vocab.json"], JsonSerializer.Serialize(vocabulary.Index().ToDictionary(pair => pair.Item, pair => pair.Index)));
            File.WriteAllLines(_folder["merges.txt"], fixture.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!));
        }

        File.WriteAllText(_folder["tokenizer_config.json"], settings);
        var tokenizer = new TorchBackend().OpenTokenizer(_folder[""]);
        var ids = new int[256];
        var expected = fixture.GetProperty("ids").GetProperty(settings).EnumerateArray().ToList();
        Assert.Equal(250, expected.Count);
        foreach (var (text, list) in s_fixture.GetProperty("texts").EnumerateArray().Zip(expected))
        {
            var count = tokenizer.Encode(text.GetString()!, ids);
            Assert.Equal(list.EnumerateArray().Select(id => id.GetInt32()), ids[..count]);
        }
    }

    private static JsonElement Read()
    {
        using var stream = typeof(TokenParityTests).Assembly.GetManifestResourceStream("Egress.Backend.Tests.Fixtures.tokens.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
