using Egress.Devices;
using Egress.Input;
using Egress.Measurement.Report;
using Egress.Models;
using Egress.Operations;
using Egress.Output.Stores.Objects;

namespace Egress.Runtime;

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
