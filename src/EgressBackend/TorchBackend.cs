using Egress.Backend.Charts;
using Egress.Backend.Pictures;
using Egress.Backend.Segmentation;
using Egress.Backend.Storage;
using Egress.Backend.Telemetry;
using Egress.Devices;
using Egress.Input;
using Egress.Measurement.Report;
using Egress.Models;
using Egress.Operations;
using Egress.Output;
using Egress.Output.Stores.Objects;
using Egress.Runtime;
using TorchSharp;

namespace Egress.Backend;

/// <summary>
/// The backend on TorchSharp, NetVips and ScottPlot. Members that need libtorch load it first; pictures and charts do without.
/// </summary>
public sealed partial class TorchBackend : IBackend
{
    private readonly Lazy<VipsPictureDecoder> _decoder = new(() => new VipsPictureDecoder());
    private readonly Lazy<ScottPlotRenderer> _charts = new(() => new ScottPlotRenderer());

    /// <inheritdoc/>
    public IPictureDecoder PictureDecoder => _decoder.Value;

    /// <inheritdoc/>
    public IOverlayPainter OverlayPainter => new VipsOverlayPainter(_decoder.Value);

    /// <inheritdoc/>
    public IChartRenderer ChartRenderer => _charts.Value;

    /// <inheritdoc/>
    public ISegmentationSession CreateSegmentationSession(SegmentationModelOptions options, IDevice device)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(device);
        _ = NativeRuntime.EnsureLoaded();
        return SegmentationSession.Create(options, device);
    }

    /// <inheritdoc/>
    public bool IsCudaUsable()
    {
        // Asking TorchSharp makes it look for libtorch's CUDA part, which there is no point in where there is none.
        return NativeRuntime.EnsureLoaded().HasCuda && torch.cuda.is_available();
    }

    /// <inheritdoc/>
    public ITelemetryExport StartTelemetry(TelemetrySettings settings) => new OtlpExport(settings);

    /// <inheritdoc/>
    public IObjectStorage OpenObjects(ObjectLocation location) => new S3Storage(location);

    /// <inheritdoc/>
    public void SetCpuThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _ = NativeRuntime.EnsureLoaded();
        torch.set_num_threads(count);
    }
}
