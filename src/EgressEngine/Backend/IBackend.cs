using Egress.Devices;
using Egress.Input;
using Egress.Measurement.Report;
using Egress.Models;
using Egress.Operations;
using Egress.Output;
using Egress.Output.Stores.Objects;
using Egress.Vectors;

namespace Egress.Backend;

/// <summary>
/// What the engine needs of third-party libraries: libtorch through TorchSharp, libvips through NetVips, OpenTelemetry, the AWS SDK. The one implementation
/// lives in EgressBackend, in a load context of the module's own (see <c>BackendLoader</c>).
/// </summary>
public interface IBackend
{
    /// <summary>Builds a model on a CPU or CUDA device, with its parameters loaded and in the precision asked for.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelUnknown"/>, <see cref="EgressErrorId.OptionInvalid"/>,
    /// <see cref="EgressErrorId.WeightsInvalid"/>, <see cref="EgressErrorId.WeightsMismatch"/>; for a program
    /// <see cref="EgressErrorId.ModelFileInvalid"/>, <see cref="EgressErrorId.ModelDeviceMismatch"/>,
    /// <see cref="EgressErrorId.ModelInputMismatch"/>, <see cref="EgressErrorId.ModelOutputUnknown"/>,
    /// <see cref="EgressErrorId.ModelOutputUnsupported"/>, <see cref="EgressErrorId.ModelFailed"/>; for a weights file that cannot be
    /// read <see cref="EgressErrorId.PathNotFound"/>, <see cref="EgressErrorId.PathNotAFile"/> or
    /// <see cref="EgressErrorId.InputUnreadable"/>; <see cref="EgressErrorId.DeviceMemoryExhausted"/>, or on the CPU
    /// <see cref="EgressErrorId.HostMemoryExhausted"/>.</exception>
    ISegmentationSession CreateSegmentationSession(SegmentationModelOptions options, IDevice device);

    /// <summary>Builds an encoder on a CPU or CUDA device, likewise.</summary>
    /// <exception cref="EgressException">As of <see cref="CreateSegmentationSession"/>, and
    /// <see cref="EgressErrorId.ModelConfigInvalid"/> for a folder whose <c>config.json</c> is missing or of another kind of model.</exception>
    IEmbeddingSession CreateEmbeddingSession(EmbeddingModelOptions options, IDevice device);

    /// <summary>Opens a model's tokenizer. Needs no native library.</summary>
    /// <param name="path">Full path of a folder with the tokenizer's files, or of one of them.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.TokenizerInvalid"/>.</exception>
    ITokenizer OpenTokenizer(string path);

    /// <summary>Reads the rows of a file with columns, as they are asked for.</summary>
    /// <param name="path">Full path of a <c>.csv</c> or <c>.parquet</c> file.</param>
    /// <param name="textColumn">The column with the texts.</param>
    /// <param name="idColumn">The column with the ids, or null.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.SequenceFileInvalid"/>, or that the file cannot be read.</exception>
    IEnumerable<SequenceRow> ReadRows(string path, string textColumn, string? idColumn);

    /// <summary>The writer of a kind of file: <see cref="VectorFormat.Parquet"/> or <see cref="VectorFormat.Arrow"/>.</summary>
    IVectorEncoder VectorEncoder(VectorFormat format);

    /// <summary>Opens a database for a run: <see cref="VectorFormat.DuckDb"/> or <see cref="VectorFormat.PostgreSql"/>.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.VectorStoreUnavailable"/>, <see cref="EgressErrorId.VectorStoreInvalid"/>,
    /// <see cref="EgressErrorId.DestinationSettingsDiffer"/> or <see cref="EgressErrorId.DestinationInUse"/>.</exception>
    IVectorStore OpenVectorDatabase(VectorStoreOptions options);

    /// <summary>Opens a database for queries, likewise; it changes nothing.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.VectorStoreUnavailable"/> or <see cref="EgressErrorId.VectorStoreInvalid"/>.</exception>
    IVectorSearch OpenVectorSearch(VectorDestination destination);

    /// <summary>The decoder of pictures.</summary>
    IPictureDecoder PictureDecoder { get; }

    /// <summary>Lays masks over pictures.</summary>
    IOverlayPainter OverlayPainter { get; }

    /// <summary>Draws the charts of reports; its library loads with the first use.</summary>
    IChartRenderer ChartRenderer { get; }

    /// <summary>Whether libtorch sees a CUDA device that it can use. Asks libtorch, so it starts CUDA.</summary>
    bool IsCudaUsable();

    /// <summary>Starts the export of this process's metrics and traces, which its exit ends. Needs no native library.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.EnvironmentInvalid"/>: the settings cannot be read.</exception>
    ITelemetryExport StartTelemetry(TelemetrySettings settings);

    /// <summary>Opens an object store. Needs no native library, and makes no request.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.EnvironmentInvalid"/>: the SDK lacks a setting.</exception>
    IObjectStorage OpenObjects(ObjectLocation location);

    /// <summary>Sets the number of threads that one operation on the CPU is spread over.</summary>
    void SetCpuThreads(int count);
}
