using Egress.Buffers;
using Egress.Models;
using Egress.Output;
using Egress.Pipeline;

namespace Egress.Segmentation;

/// <summary>Everything that a segmentation run can be told, besides its pictures and devices.</summary>
public sealed record SegmentationOptions
{
    /// <summary>The most pixels that a picture may have by default: 178 million, which is what other picture libraries allow.</summary>
    public const long DefaultMaxPixels = 178_956_970;

    /// <summary>The model and what leaves the device.</summary>
    public SegmentationModelOptions Model { get; init; } = new();

    /// <summary>How the run is spread over threads and buffers.</summary>
    public PipelineOptions Pipeline { get; init; } = new();

    /// <summary>The form in which outputs are stored.</summary>
    public OutputFormat OutputFormat { get; init; } = OutputFormat.None;

    /// <summary>Full path of the folder for outputs; needed unless <see cref="OutputFormat"/> is <see cref="OutputFormat.None"/>.</summary>
    public string? Destination { get; init; }

    /// <summary>Whether existing outputs are replaced; otherwise they are kept and their pictures skipped.</summary>
    public bool Force { get; init; }

    /// <summary>The most pixels that a picture may have.</summary>
    public long MaxPixels { get; init; } = DefaultMaxPixels;

    /// <summary>Throws where options contradict each other.</summary>
    /// <exception cref="EgressException">An option makes no sense.</exception>
    public void Validate()
    {
        Pipeline.Validate();
        if (OutputFormat == OutputFormat.Png && Model.OutputKind != OutputKind.Labels)
        {
            throw new EgressException(
                EgressErrorId.OutputFormatUnsupported,
                EgressErrorCategory.InvalidArgument,
                $"{Model.OutputKind} are not written as PNG.",
                "Use -OutputFormat Npy or Raw, or -OutputKind Labels.",
                OutputFormat);
        }

        if (OutputFormat != OutputFormat.None && Destination is null)
        {
            throw new EgressException(
                EgressErrorId.DestinationRequired,
                EgressErrorCategory.InvalidArgument,
                $"Outputs are to be written as {OutputFormat}, and no folder is named for them.",
                "Name one with -Destination, or use -OutputFormat None to compute without writing.",
                OutputFormat);
        }
    }

    /// <summary>The format that suits an output kind.</summary>
    public static OutputFormat DefaultFormat(OutputKind kind) => kind == OutputKind.Labels ? OutputFormat.Png : OutputFormat.Npy;

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
