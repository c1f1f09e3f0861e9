using System.Globalization;
using Egress.Backend;
using Egress.Devices;
using Egress.Embedding;
using Egress.Models;
using Egress.Pipeline;
using Egress.Vectors;

namespace Egress.Cmdlets.Support;

/// <summary>Encodes the texts of queries, the way the vectors were made that they are compared with.</summary>
internal sealed class QueryEncoder : IDisposable
{
    private readonly EmbeddingLanes _lanes;
    private readonly EmbeddingOptions _options;

    private QueryEncoder(EmbeddingOptions options, EmbeddingLanes lanes)
    {
        _options = options;
        _lanes = lanes;
    }

    /// <summary>Opens the model, with pooling, precision and length from the stored settings.</summary>
    /// <param name="command">Who asks.</param>
    /// <param name="search">The stored vectors.</param>
    /// <param name="model">The model and its parameters.</param>
    /// <param name="tokenizer">Full path of the tokenizer, or null for the model's own.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="nativeCodeAllowed">Whether the native code of a compiled package runs without asking.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.VectorQueryInvalid"/>: the vectors were made with another model; or the
    /// model cannot be opened.</exception>
    public static QueryEncoder Open(
        EgressCommand command, IVectorSearch search, EmbeddingModelOptions model, string? tokenizer, DeviceSpec device, bool nativeCodeAllowed)
    {
        if (search.Layout.IsTokenLevel)
        {
            throw new EgressException(
                EgressErrorId.VectorQueryInvalid, EgressErrorCategory.InvalidArgument,
                $"'{search.Location}' has a vector a token, and a text has several.", "Ask a table with one vector a sequence (-Pooling Mean, Cls or Last).",
                search.Location);
        }

        var stored = search.Settings.Values.ToDictionary(StringComparer.Ordinal);
        model = WithStored(model, stored);
        var batchSize = 1;
        if (EncoderModel.Complete(ref model, ref batchSize, command.FullPath, _ => false) is { } program)
        {
            command.ThrowUnlessAllowed(program, nativeCodeAllowed);
        }

        tokenizer ??= model.ModelFolder ?? Path.GetDirectoryName(model.ProgramPath) ?? throw new EgressException(
            EgressErrorId.TokenizerInvalid, EgressErrorCategory.InvalidArgument, $"'{model.Model}' has no tokenizer of its own.",
            "Name the one that the vectors were made with: -Tokenizer.", model.Model);
        var lanes = EmbeddingLanes.Open(model, [device], BackendLoader.Load);
        try
        {
            RequireSame(search, EmbeddingOptions.VectorSettings(lanes, tokenizer));
            return new QueryEncoder(
                new EmbeddingOptions
                {
                    Model = model,
                    Pipeline = new PipelineOptions { BatchSize = batchSize },
                    TokenizerPath = tokenizer,
                    PassesVectors = true,
                },
                lanes);
        }
        catch
        {
            lanes.Dispose();
            throw;
        }
    }

    /// <summary>The vector of a text.</summary>
    public float[] Encode(string text)
    {
        using var run = new EmbeddingRun(_options, _lanes, BackendLoader.Load);
        run.TryAddText(null, text);
        run.TryCompleteInput();
        float[]? vector = null;
        while (!run.IsCompleted)
        {
            if (run.TryTake(out var result, out _, out var error, -1))
            {
                vector = error is null ? result!.Vectors![0] : throw error;
            }
        }

        return vector!;
    }

    /// <inheritdoc/>
    public void Dispose() => _lanes.Dispose();

    private static EmbeddingModelOptions WithStored(EmbeddingModelOptions model, Dictionary<string, string> stored) => model with
    {
        Pooling = Stored(stored, nameof(EmbeddingModelOptions.Pooling), model.Pooling),
        Precision = Stored(stored, nameof(ModelPrecision), model.Precision),
        VectorPrecision = Stored(stored, nameof(EmbeddingModelOptions.Precision), model.VectorPrecision),
        Normalize = stored.TryGetValue(nameof(EmbeddingModelOptions.Normalize), out var normalize) && bool.Parse(normalize),
        MaxLength = (int)Number(stored, nameof(EmbeddingModelOptions.MaxLength)),
        Seed = Number(stored, nameof(EmbeddingModelOptions.Seed)),
        OutputName = stored.GetValueOrDefault(nameof(EmbeddingModelOptions.OutputName)),
    };

    private static T Stored<T>(Dictionary<string, string> stored, string name, T otherwise)
        where T : struct, Enum => stored.TryGetValue(name, out var text) && Enum.TryParse<T>(text, out var value) ? value : otherwise;

    private static long Number(Dictionary<string, string> stored, string name) =>
        stored.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private static void RequireSame(IVectorSearch search, Output.Journal.RunSettings settings)
    {
        if (settings.Id != search.Settings.Id)
        {
            throw new EgressException(
                EgressErrorId.VectorQueryInvalid, EgressErrorCategory.InvalidArgument,
                $"The vectors in '{search.Location}' were made with another model: {string.Join(", ", settings.DifferencesFrom(search.Settings))}.",
                "Name the -Model, and the -Weights if there were any, that Invoke-EmbeddingBatch was given.", search.Location);
        }
    }
}
