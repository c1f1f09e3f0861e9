using System.Management.Automation;
using Egress.Buffers;
using Egress.Cmdlets.Support;
using Egress.Devices;
using Egress.Models;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Allocates a pool of host buffers that outlives runs: pinned where there is a CUDA device, resident pageable memory where
/// there is none or where it is asked for.</para>
/// </summary>
[Cmdlet(VerbsCommon.New, "PinnedBufferPool", DefaultParameterSetName = ShapeSet)]
[OutputType(typeof(HostBufferPool))]
public sealed class NewPinnedBufferPoolCommand : EgressCommand
{
    private const string ShapeSet = "Shape";
    private const string SizeSet = "Size";

    /// <summary>Number of buffers.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateRange(1, Limits.Buffers)]
    public int Count { get; set; }

    /// <summary>Size of each buffer in bytes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SizeSet)]
    [ValidateRange(1, long.MaxValue)]
    public long BufferSize { get; set; }

    /// <summary>Pictures computed together.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ShapeSet)]
    [ValidateRange(1, Limits.BatchSize)]
    public int BatchSize { get; set; }

    /// <summary>Number of classes that the network tells apart.</summary>
    [Parameter(ParameterSetName = ShapeSet)]
    [ValidateRange(1, Limits.Classes)]
    public int ClassCount { get; set; } = SegmentationModelOptions.DefaultClassCount;

    /// <summary>Side of the square that pictures are resized to, in pixels.</summary>
    [Parameter(ParameterSetName = ShapeSet)]
    [ValidateRange(Limits.ShortestSide, Limits.LongestSide)]
    public int ImageSize { get; set; } = SegmentationModelOptions.DefaultImageSize;

    /// <summary>The precision that the network computes in.</summary>
    [Parameter(ParameterSetName = ShapeSet)]
    public ModelPrecision Precision { get; set; } = ModelPrecision.Float32;

    /// <summary>What of the network's output leaves the device.</summary>
    [Parameter(ParameterSetName = ShapeSet)]
    public OutputKind OutputKind { get; set; } = OutputKind.Labels;

    /// <summary>Allocates pageable memory even where it could be pinned.</summary>
    [Parameter]
    public SwitchParameter Pageable { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var bytes = ParameterSetName == SizeSet
            ? BufferSize
            : BatchSize * new SegmentationModelOptions
            {
                ClassCount = ClassCount,
                ImageSize = ImageSize,
                Precision = Precision,
                OutputKind = OutputKind,
            }.OutputSpec.Bytes;
        var pool = Do(() => DeviceFactory.CreatePool(Count, bytes, Pageable));
        if (!Pageable && !pool.IsPinned)
        {
            WriteVerbose("There is no CUDA device here, so the buffers are resident but not pinned.");
        }

        WriteObject(pool);
    }
}
