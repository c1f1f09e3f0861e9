using Egress.Devices;
using Egress.Input;
using Egress.Measurement.Report;
using Egress.Models;
using Egress.Operations;
using Egress.Output;
using Egress.Output.Stores.Objects;
using Egress.Runtime;
using Egress.Vectors;

namespace Egress.Backend;

/// <summary>
/// Loads libtorch before the first call that needs it, so that its failure comes out as it is, and pictures can be decoded
/// without it.
/// </summary>
internal sealed class LazyRuntimeBackend : IBackend
{
    private readonly IBackend _backend;

    public LazyRuntimeBackend(IBackend backend) => _backend = backend;

    public IPictureDecoder PictureDecoder => _backend.PictureDecoder;

    public IOverlayPainter OverlayPainter => _backend.OverlayPainter;

    public IChartRenderer ChartRenderer => _backend.ChartRenderer;

    public ISegmentationSession CreateSegmentationSession(SegmentationModelOptions options, IDevice device)
    {
        _ = NativeRuntime.EnsureLoaded();
        return _backend.CreateSegmentationSession(options, device);
    }

    public IEmbeddingSession CreateEmbeddingSession(EmbeddingModelOptions options, IDevice device)
    {
        _ = NativeRuntime.EnsureLoaded();
        return _backend.CreateEmbeddingSession(options, device);
    }

    public ITokenizer OpenTokenizer(string path) => _backend.OpenTokenizer(path);

    public IEnumerable<SequenceRow> ReadRows(string path, string textColumn, string? idColumn) => _backend.ReadRows(path, textColumn, idColumn);

    public IVectorEncoder VectorEncoder(VectorFormat format) => _backend.VectorEncoder(format);

    public IVectorStore OpenVectorDatabase(VectorStoreOptions options) => _backend.OpenVectorDatabase(options);

    public IVectorSearch OpenVectorSearch(VectorDestination destination) => _backend.OpenVectorSearch(destination);

    public bool IsCudaUsable()
    {
        _ = NativeRuntime.EnsureLoaded();
        return _backend.IsCudaUsable();
    }

    public ITelemetryExport StartTelemetry(TelemetrySettings settings) => _backend.StartTelemetry(settings);

    public IObjectStorage OpenObjects(ObjectLocation location) => _backend.OpenObjects(location);

    public void SetCpuThreads(int count)
    {
        _ = NativeRuntime.EnsureLoaded();
        _backend.SetCpuThreads(count);
    }
}
