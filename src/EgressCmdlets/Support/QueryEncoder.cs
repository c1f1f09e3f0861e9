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
    /// <summary>A run goes on with what was offered whenever it is asked for results.</summary>
    private const int WaitMilliseconds = 1;

    private readonly EmbeddingLanes _lanes;
    private readonly EmbeddingOptions _options;
    private EmbeddingRun? _run;
    private long _queries;

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
                    Window = 1,
                },
                lanes);
        }
        catch
        {
            lanes.Dispose();
            throw;
        }
    }

    /// <summary>The vector of a text. One run serves all queries: opening a tokenizer takes longer than encoding a text.</summary>
    public float[] Encode(string text)
    {
        _run ??= new EmbeddingRun(_options, _lanes, BackendLoader.Load);
        try
        {
            Offer(_run, text);
            return Take(_run);
        }
        catch
        {
            // What has failed may have left something behind, which no later query shall have as its answer.
            _run.Dispose();
            _run = null;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _run?.Dispose();
        _lanes.Dispose();
    }

    /// <summary>Offers a text as often as a batch has places, so that it is computed at once, under ids that no query had before.</summary>
    private void Offer(EmbeddingRun run, string text)
    {
        _queries++;
        for (var place = 0; place < _options.Pipeline.BatchSize; place++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{_queries}:{place}");
            while (!run.TryAddText(id, text))
            {
                // A run that has ended says so here.
                run.TryTake(out _, out _, out _, WaitMilliseconds);
            }
        }
    }

    private static float[] Take(EmbeddingRun run)
    {
        while (true)
        {
            if (run.TryTake(out var result, out _, out var error, WaitMilliseconds))
            {
                return error is null ? result!.Vectors![0] : throw error;
            }
        }
    }

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
