using Egress.Backend.Networks;
using Egress.Models.Weights;

namespace Egress.Backend.Weights;

/// <summary>
/// A weights file as an encoder sees it: under the names of its own parameters, whatever model of a task it is a part of there, and
/// without what that task puts on top.
/// </summary>
internal sealed class EncoderWeights : IWeightsFile
{
    /// <summary>What every encoder has, and so tells where in a file its parameters begin.</summary>
    private const string Landmark = "embeddings.word_embeddings.weight";

    // TensorFlow's names, under which the first models were published, with PyTorch's.
    private static readonly (string Old, string New)[] s_renamed = [(".LayerNorm.gamma", ".LayerNorm.weight"), (".LayerNorm.beta", ".LayerNorm.bias")];

    private readonly IWeightsFile _file;
    private readonly Dictionary<string, StoredTensor> _entries = new(StringComparer.Ordinal);

    /// <param name="file">The file; this object owns it from here on.</param>
    /// <param name="parameters">The encoder's parameters.</param>
    public EncoderWeights(IWeightsFile file, IEnumerable<ParameterSpec> parameters)
    {
        _file = file;
        var expected = parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        var prefix = Prefix(file);
        foreach (var entry in file.Entries)
        {
            if (prefix is null)
            {
                _entries[entry.Name] = entry;
            }
            else if (entry.Name.StartsWith(prefix, StringComparison.Ordinal) && NewName(entry.Name[prefix.Length..]) is var name && expected.Contains(name))
            {
                _entries[name] = entry with { Name = name };
            }
        }

        Entries = [.. _entries.Values];
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    /// <remarks>Those that the encoder has; all where it is not found in the file.</remarks>
    public IReadOnlyList<StoredTensor> Entries { get; }

    /// <inheritdoc/>
    public StoredTensor? Find(string name) => _entries.GetValueOrDefault(name);

    /// <inheritdoc/>
    public nint Locate(StoredTensor entry) => _file.Locate(entry);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string? Prefix(IWeightsFile file) => file.Entries
        .Where(entry => entry.Name == Landmark || entry.Name.EndsWith($".{Landmark}", StringComparison.Ordinal))
        .Select(entry => entry.Name[..^Landmark.Length])
        .MinBy(prefix => prefix.Length);

    private static string NewName(string name) =>
        s_renamed.Where(pair => name.EndsWith(pair.Old, StringComparison.Ordinal)).Select(pair => name[..^pair.Old.Length] + pair.New).FirstOrDefault(name);
}
