using System.Globalization;
using Egress.Files;
using Egress.Input;
using Egress.Models;
using Egress.Output;
using Egress.Output.Journal;
using Egress.Pipeline;
using Egress.Vectors;

namespace Egress.Embedding;

/// <summary>Everything that an embedding run can be told, besides its sequences and devices.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>Batches that are sorted by length together, where nothing is said.</summary>
    public const int DefaultWindow = 32;

    private const string SimulatedDevice = "simulated";

    /// <summary>The encoder and what leaves the device.</summary>
    public EmbeddingModelOptions Model { get; init; } = new();

    /// <summary>How the run is spread over threads and buffers.</summary>
    public PipelineOptions Pipeline { get; init; } = new();

    /// <summary>Full path of the tokenizer's folder or file; null: the model's folder.</summary>
    public string? TokenizerPath { get; init; }

    /// <summary>Where vectors are stored; null: nowhere.</summary>
    public VectorDestination? Destination { get; init; }

    /// <summary>Whether texts are stored beside their vectors.</summary>
    public bool StoresTexts { get; init; }

    /// <summary>Whether results hold the vectors.</summary>
    public bool PassesVectors { get; init; }

    /// <summary>
    /// Batches that are sorted by length together, so that the sequences of a batch are about as long; 1 leaves them in the order in which they came.
    /// </summary>
    public int Window { get; init; } = DefaultWindow;

    /// <summary>Whether vectors that are there are made again.</summary>
    public bool Force { get; init; }

    /// <summary>Whether what is stored is looked at for damage, and made again where there is some.</summary>
    public bool Resume { get; init; }

    /// <summary>The run's share of the sequences and of the destination; the caller offers no others.</summary>
    public ShardAssignment Shard { get; init; } = ShardAssignment.Whole;

    /// <summary>The most pixels that a picture may have.</summary>
    public long MaxPixels { get; init; } = IPictureDecoder.DefaultMaxPixels;

    /// <summary>What to do about vectors that are there already.</summary>
    public OutputMode OutputMode => (Resume, Force) switch
    {
        (false, false) => OutputMode.Keep,
        (false, true) => OutputMode.Replace,
        (true, false) => OutputMode.Resume,
        (true, true) => OutputMode.ResumeAndReplace,
    };

    /// <summary>Throws where options contradict each other.</summary>
    /// <exception cref="EgressException">An option makes no sense.</exception>
    public void Validate()
    {
        Pipeline.Validate();
        if (Window < 1)
        {
            throw Invalid($"A window of {Window} batches cannot be sorted.", "Use a -Window of 1 or more.", Window);
        }

        if (Resume && Destination is null)
        {
            throw Invalid("There is nothing to resume where nothing is stored.", "Name the -Destination of the run to resume, or leave -Resume out.", Resume);
        }

        if (StoresTexts && Model.TakesPictures)
        {
            throw Invalid("Pictures have no text to store.", "Leave -StoreText away.", StoresTexts);
        }
    }

    /// <summary>
    /// What decides the vectors: the settings that those in one destination share. It reads the parameters or the program, whose
    /// checksum is one of them. A model in a folder is what its files say, whatever the folder is called.
    /// </summary>
    /// <param name="lanes">The devices with the model. Simulated ones compute nothing, so their vectors are apart from all others.</param>
    /// <param name="tokenizerPath">Full path of the tokenizer, or null where there are no texts.</param>
    /// <exception cref="EgressException">A file cannot be read.</exception>
    public static RunSettings VectorSettings(EmbeddingLanes lanes, string? tokenizerPath)
    {
        ArgumentNullException.ThrowIfNull(lanes);
        var model = lanes.Model;
        var values = new Dictionary<string, string>
        {
            [nameof(Model)] = model.ProgramPath is { } program ? FileDigest.Sha256(program) : model.Shape ?? model.Model,
            [nameof(model.Pooling)] = Text(model.Pooling),
            [nameof(model.Normalize)] = Text(model.Normalize),
            [nameof(Models.ModelPrecision)] = Text(model.Precision),
            [nameof(model.Precision)] = Text(model.VectorPrecision),
        };
        if (model.TakesPictures)
        {
            values[nameof(model.ImageSize)] = Text(model.ImageSize);
        }
        else
        {
            values[nameof(model.MaxLength)] = Text(model.MaxLength);
        }

        if (tokenizerPath is not null)
        {
            values["Tokenizer"] = TokenizerDigest.Of(tokenizerPath);
        }

        if (model.ParameterFile() is { } weights)
        {
            values["Weights"] = FileDigest.Sha256(weights);
        }
        else if (model.ProgramPath is null)
        {
            values[nameof(model.Seed)] = Text(model.Seed);
        }

        if (lanes.IsSimulated)
        {
            values["Device"] = SimulatedDevice;
        }

        if (model.OutputName is { } outputName)
        {
            values[nameof(model.OutputName)] = outputName;
        }

        return new RunSettings(values);
    }

    private static string Text<T>(T value) => string.Create(CultureInfo.InvariantCulture, $"{value}");

    private static EgressException Invalid(string message, string advice, object target) =>
        new(EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument, message, advice, target);
}
