using System.Text.Json;
using Egress.Files;

namespace Egress.Backend.Tokenizers;

/// <summary>Reads a tokenizer's files and says what is wrong with them.</summary>
internal static class TokenizerFile
{
    // A vocabulary of a million pieces takes some tens of megabytes.
    private const int MostBytes = 256 << 20;

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.TokenizerInvalid"/>.</exception>
    public static byte[] Read(string path) => SmallFile.Read(path, MostBytes, out var problem) ?? throw Unreadable(path, problem!);

    /// <summary>The object in a file of JSON.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.TokenizerInvalid"/>.</exception>
    public static JsonElement Parse(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(Read(path));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw Invalid(path, "it holds no object");
        }
        catch (JsonException e)
        {
            throw Invalid(path, $"it is no JSON: {e.Message}", inner: e);
        }
    }

    /// <summary>The pieces of an object whose values are their ids.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.TokenizerInvalid"/>.</exception>
    public static Dictionary<string, int> Vocabulary(string path, JsonElement pieces)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var piece in pieces.EnumerateObject())
        {
            if (piece.Value.ValueKind != JsonValueKind.Number || !piece.Value.TryGetInt32(out var id) || id < 0)
            {
                throw Invalid(path, $"the id of '{piece.Name}' is {piece.Value.GetRawText()}");
            }

            vocabulary[piece.Name] = id;
        }

        return vocabulary.Count > 0 ? vocabulary : throw Invalid(path, "its vocabulary is empty");
    }

    /// <summary>The error of files that make no tokenizer.</summary>
    public static EgressException Invalid(string path, string reason, string? advice = null, Exception? inner = null) => new(
        EgressErrorId.TokenizerInvalid, EgressErrorCategory.InvalidData, $"'{path}' makes no tokenizer: {reason}.",
        advice ?? "Give -Tokenizer the folder of the model's own tokenizer, as it was published.", path, inner);

    private static EgressException Unreadable(string path, FileProblem problem) => new(
        EgressErrorId.TokenizerInvalid, problem.Category, problem.Message, problem.Advice, path, problem.Cause);
}
