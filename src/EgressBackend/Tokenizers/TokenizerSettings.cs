using System.Text.Json;

namespace Egress.Backend.Tokenizers;

/// <summary>What a model's <c>tokenizer_config.json</c> says; everything in it has a usual value.</summary>
internal sealed class TokenizerSettings
{
    /// <summary>The file's name.</summary>
    public const string FileName = "tokenizer_config.json";

    private readonly string _path;
    private readonly JsonElement _root;

    private TokenizerSettings(string path, JsonElement root)
    {
        _path = path;
        _root = root;
    }

    /// <summary>The class that Hugging Face's library has for it, without the mark of its fast variant; empty where it does not say.</summary>
    public string ClassName => Text("tokenizer_class") is not { } name ? ""
        : name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^"Fast".Length] : name;

    /// <summary>Special tokens that are listed with their ids.</summary>
    public IEnumerable<SpecialToken> Added
    {
        get
        {
            if (!TryGet("added_tokens_decoder", out var added) || added.ValueKind != JsonValueKind.Object)
            {
                yield break;
            }

            foreach (var entry in added.EnumerateObject())
            {
                if (int.TryParse(entry.Name, out var id) && id >= 0 && TokenizerJson.ReadAdded(entry.Value, id) is { } token)
                {
                    yield return token;
                }
            }
        }
    }

    /// <summary>Reads a folder's file; where there is none, everything has its usual value.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.TokenizerInvalid"/>.</exception>
    public static TokenizerSettings Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return new TokenizerSettings(path, File.Exists(path) ? TokenizerFile.Parse(path) : default);
    }

    /// <summary>A switch; null where it does not say.</summary>
    public bool? Flag(string name) => !TryGet(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw TokenizerFile.Invalid(_path, $"{name} is neither true nor false"),
    };

    /// <summary>The text of a special token, for example of <c>cls_token</c>; null where it does not say.</summary>
    public string? Token(string name) => !TryGet(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
            ? content.GetString()
            : throw TokenizerFile.Invalid(_path, $"{name} is no token");

    private string? Text(string name) => TryGet(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private bool TryGet(string name, out JsonElement value)
    {
        value = default;
        return _root.ValueKind == JsonValueKind.Object && _root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }
}
