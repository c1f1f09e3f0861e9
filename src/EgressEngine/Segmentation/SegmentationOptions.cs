using System.Globalization;
using Egress.Buffers;
using Egress.Files;
using Egress.Input;
using Egress.Models;
using Egress.Output;
using Egress.Output.Journal;
using Egress.Pipeline;
using Egress.Segmentation.Tiles;

namespace Egress.Segmentation;

/// <summary>Everything that a segmentation run can be told, besides its pictures and devices.</summary>
public sealed record SegmentationOptions
{
    /// <summary>The model and what leaves the device.</summary>
    public SegmentationModelOptions Model { get; init; } = new();

    /// <summary>How the run is spread over threads and buffers.</summary>
    public PipelineOptions Pipeline { get; init; } = new();

    /// <summary>The form in which outputs are stored.</summary>
    public OutputFormat OutputFormat { get; init; } = OutputFormat.None;

    /// <summary>The size in which outputs are stored; null for <see cref="DefaultSize"/>.</summary>
    public OutputSize? OutputSize { get; init; }

    /// <summary>Names of the classes, as many as there are; null where none are known.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Whether results say how many pixels each class has, where the output has labels.</summary>
    public bool CountsClasses { get; init; }

    /// <summary>How each picture with its mask over it is written beside its output; null: it is not.</summary>
    public OverlayOptions? Overlay { get; init; }

    /// <summary>Whether items get files.</summary>
    public bool WritesFiles => OutputFormat != OutputFormat.None || Overlay is not null;

    /// <summary>How pictures are cut into tiles; null: each is resized to the model's size and computed whole.</summary>
    public TileOptions? Tiles { get; init; }

    /// <summary>
    /// The model as it has to run on a device: tiles are blended by their scores, so for them scores leave the device whatever is stored.
    /// </summary>
    public SegmentationModelOptions DeviceModel =>
        Tiles is null ? Model : Model with { OutputKind = OutputKind.Logits, ImageSize = Tiles.Size };

    /// <summary>The run's share of the pictures and of the destination; the caller offers no others.</summary>
    public ShardAssignment Shard { get; init; } = ShardAssignment.Whole;

    /// <summary>Full path of the folder for outputs, or <c>s3://bucket/prefix</c>; needed unless <see cref="OutputFormat"/> is <see cref="OutputFormat.None"/>.</summary>
    public string? Destination { get; init; }

    /// <summary>Whether existing outputs are replaced; otherwise they are kept and their pictures skipped.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// Whether the destination's journal decides what is to be done: what it has is kept, what is missing or damaged is made again.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>
    /// What to do about outputs that are there already. Of arrays over a whole run the journal alone can say what is whose, so there a
    /// run always goes on where the one before has ended.
    /// </summary>
    public OutputMode OutputMode => (Resume || (OutputFormat == OutputFormat.Zarr && !Force), Force) switch
    {
        (false, false) => OutputMode.Keep,
        (false, true) => OutputMode.Replace,
        (true, false) => OutputMode.Resume,
        (true, true) => OutputMode.ResumeAndReplace,
    };

    /// <summary>The most pixels that a picture may have.</summary>
    public long MaxPixels { get; init; } = IPictureDecoder.DefaultMaxPixels;

    /// <summary>Throws where options contradict each other.</summary>
    /// <exception cref="EgressException">An option makes no sense.</exception>
    public void Validate()
    {
        Pipeline.Validate();
        Tiles?.Validate();
        if (OutputFormat == OutputFormat.Png && Model.OutputKind is not (OutputKind.Labels or OutputKind.Confidence))
        {
            throw new EgressException(
                EgressErrorId.OutputFormatUnsupported,
                EgressErrorCategory.InvalidArgument,
                $"{Model.OutputKind} are not written as PNG.",
                "Use -OutputFormat Npy, Npz, Raw or Zarr, or -OutputKind Labels or Confidence.",
                OutputFormat);
        }

        if (OutputFormat == OutputFormat.Zarr && StoredSize == Models.OutputSize.Input)
        {
            throw new EgressException(
                EgressErrorId.OutputFormatUnsupported,
                EgressErrorCategory.InvalidArgument,
                "One array over a whole run needs outputs of one size, and pictures have sizes of their own.",
                "Use -OutputSize Model and no -TileSize, or another -OutputFormat.",
                OutputFormat);
        }

        if (ClassNames is { } names && Model.ClassCount > 0 && names.Count != Model.ClassCount)
        {
            throw new EgressException(
                EgressErrorId.ClassNamesInvalid,
                EgressErrorCategory.InvalidArgument,
                $"There are {names.Count} class names for {Model.ClassCount} classes.",
                "Give -ClassNames one name a class, from class 0 on, or set -ClassCount.",
                names);
        }

        if (WritesFiles && Destination is null)
        {
            throw new EgressException(
                EgressErrorId.DestinationRequired,
                EgressErrorCategory.InvalidArgument,
                OutputFormat == OutputFormat.None
                    ? "Pictures with their masks are to be written, and no folder is named for them."
                    : $"Outputs are to be written as {OutputFormat}, and no folder is named for them.",
                "Name one with -Destination, or use -OutputFormat None to compute without writing.",
                OutputFormat);
        }

        if (Resume && !WritesFiles)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid,
                EgressErrorCategory.InvalidArgument,
                "There is nothing to resume where nothing is written.",
                "Name the folder of the run to resume with -Destination, or leave -Resume out.",
                OutputFormat);
        }
    }

    /// <summary>The size in which outputs are stored. In tiles the model computes a picture in its own size.</summary>
    public OutputSize StoredSize =>
        Tiles is null ? OutputSize ?? DefaultSize(Model.OutputKind, OutputFormat) : Models.OutputSize.Input;

    /// <summary>
    /// What decides the content of the outputs: the settings that outputs in one destination share. It reads the weights or the
    /// program, whose checksum is one of them.
    /// </summary>
    /// <exception cref="EgressException">That file cannot be read.</exception>
    public RunSettings OutputSettings()
    {
        var values = new Dictionary<string, string>
        {
            [nameof(Model)] = Model.ProgramPath is { } program ? FileDigest.Sha256(program) : Model.Model,
            [nameof(Model.ClassCount)] = Text(Model.ClassCount),
            [nameof(Model.ImageSize)] = Text(Model.ImageSize),
            [nameof(Model.Precision)] = Text(Model.Precision),
            [nameof(Model.OutputKind)] = Text(Model.OutputKind),
            [nameof(OutputFormat)] = Text(OutputFormat),
            [nameof(OutputSize)] = Text(StoredSize),
        };
        if (Model.WeightsPath is { } weights)
        {
            values["Weights"] = FileDigest.Sha256(weights);
        }
        else if (Model.ProgramPath is null)
        {
            values[nameof(Model.Seed)] = Text(Model.Seed);
        }

        if (Overlay is { } overlay)
        {
            values["OverlayFormat"] = Text(overlay.Format);
            values["OverlayOpacity"] = Text(overlay.Opacity);
        }

        if (Tiles is { } tiles)
        {
            values["TileSize"] = Text(tiles.Size);
            values["TileOverlap"] = Text(tiles.Overlap);
        }

        if (Model.OutputName is { } outputName)
        {
            values[nameof(Model.OutputName)] = outputName;
        }

        return new RunSettings(values);
    }

    private static string Text<T>(T value) => string.Create(CultureInfo.InvariantCulture, $"{value}");

    /// <summary>The format that suits an output kind.</summary>
    public static OutputFormat DefaultFormat(OutputKind kind) => kind switch
    {
        OutputKind.Labels => OutputFormat.Png,
        OutputKind.Confidence => OutputFormat.Npz,
        _ => OutputFormat.Npy,
    };

    /// <summary>
    /// The size that suits an output kind: masks lie over their picture, so labels and confidence take its size; scores are many and
    /// for further computation, so they stay as the model made them, and so does whatever goes into one array over a whole run.
    /// </summary>
    public static OutputSize DefaultSize(OutputKind kind, OutputFormat format) =>
        kind is OutputKind.Labels or OutputKind.Confidence && format != OutputFormat.Zarr
            ? Models.OutputSize.Input
            : Models.OutputSize.Model;

    /// <summary>
    /// Workers where none are asked for: half the processors, as decoding and computing need the others; 8 at most, which the
    /// article found enough.
    /// </summary>
    public static int DefaultWorkerCount => Math.Clamp(Environment.ProcessorCount / 2, 1, 8);

    /// <summary>Loaders where none are asked for, likewise.</summary>
    public static int DefaultLoaderCount => Math.Clamp(Environment.ProcessorCount / 2, 1, 8);

    /// <summary>
    /// Output buffers where none are asked for: those that the workers share, one that they come to next, one being copied into
    /// and one for the copy after it; but no more than a quarter of the host's available memory holds, and two at least.
    /// </summary>
    public static int DefaultBufferCount(int workerCount, int batchSize, long bufferBytes)
    {
        var shared = (workerCount + batchSize - 1) / batchSize;
        var wanted = shared + 3;
        return HostMemory.AvailableBytes() is { } available
            ? (int)Math.Clamp(available / 4 / Math.Max(1, bufferBytes), 2, wanted)
            : wanted;
    }
}
