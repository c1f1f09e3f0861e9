using System.Management.Automation;
using Egress.Cmdlets.Support;
using Egress.Models;
using Egress.Output;
using Egress.Segmentation;
using Egress.Segmentation.Tiles;

namespace Egress.Cmdlets.Commands;

/// <content>What the outputs are like, and how large pictures get theirs.</content>
public sealed partial class InvokeSegmentationBatchCommand
{
    /// <summary>What of the network's output leaves the device and is stored: labels, all scores or probabilities, or labels with their confidence.</summary>
    [Parameter]
    public OutputKind OutputKind { get; set; } = OutputKind.Labels;

    /// <summary>The form of the output files; None writes nothing.</summary>
    [Parameter]
    public OutputFormat OutputFormat { get; set; }

    /// <summary>The size of the outputs: the model's, or that of the picture. Labels and confidence take the picture's by default.</summary>
    [Parameter]
    public OutputSize OutputSize { get; set; }

    /// <summary>Names of the classes from class 0 on, or a text file with one a line.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? ClassNames { get; set; }

    /// <summary>Writes each picture with its mask over it too, beside its output.</summary>
    [Parameter]
    public SwitchParameter Overlay { get; set; }

    /// <summary>The format of the pictures with their masks over them.</summary>
    [Parameter]
    public OverlayFormat OverlayFormat { get; set; }

    /// <summary>How much of the mask's colours is seen, and how little of the picture's, from 0 to 1.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double OverlayOpacity { get; set; } = 0.5;

    /// <summary>Side of the tiles that pictures are cut into, in pixels: pictures of any size are computed in their own size, not resized.</summary>
    [Parameter]
    [ValidateRange(Limits.ShortestSide, Limits.LongestSide)]
    public int TileSize { get; set; }

    /// <summary>Pixels that neighbouring tiles share: a quarter of the tile by default, half of it at most.</summary>
    [Parameter]
    [ValidateRange(0, 8192)]
    public int TileOverlap { get; set; }

    /// <summary>Adds what is said of the outputs and of tiles.</summary>
    private SegmentationOptions WithOutputs(SegmentationOptions options)
    {
        if (!Bound(nameof(TileSize)) && Bound(nameof(TileOverlap)))
        {
            throw Contradiction("-TileOverlap is for pictures in tiles.", "Give -TileSize too, or leave -TileOverlap away.", TileOverlap);
        }

        if (Bound(nameof(TileSize)) && Bound(nameof(ImageSize)) && ImageSize != TileSize)
        {
            throw Contradiction(
                "-ImageSize is what pictures are resized to, and pictures in tiles are not resized.", "Leave -ImageSize away.", ImageSize);
        }

        if (Bound(nameof(TileSize)) && Bound(nameof(OutputSize)) && OutputSize == OutputSize.Model)
        {
            throw Contradiction(
                "Pictures in tiles are computed in their own size, so there is no other that outputs could have.",
                "Leave -OutputSize away.", OutputSize);
        }

        foreach (var name in new[] { nameof(OverlayFormat), nameof(OverlayOpacity) }.Where(name => !Overlay && Bound(name)))
        {
            throw Contradiction(
                $"-{name} is for pictures with their masks over them.", $"Give -Overlay too, or leave -{name} away.", MyInvocation.BoundParameters[name]);
        }

        if (Overlay && ParameterSetName == SyntheticSet)
        {
            throw Contradiction("A synthetic picture is noise, which no mask is laid over.", "Leave -Overlay away.", Synthetic);
        }

        return options with
        {
            Overlay = Overlay ? new OverlayOptions(OverlayFormat, OverlayOpacity) : null,
            OutputSize = Bound(nameof(OutputSize)) ? OutputSize : null,
            ClassNames = ClassNames is null ? null : ReadClassNames(ClassNames),
            CountsClasses = true,
            Tiles = Bound(nameof(TileSize))
                ? new TileOptions(TileSize, Bound(nameof(TileOverlap)) ? TileOverlap : TileOptions.DefaultOverlap(TileSize))
                : null,
        };
    }

    /// <summary>Random pictures are for measuring, so nothing is written for them unless asked for.</summary>
    private OutputFormat Format() =>
        Bound(nameof(OutputFormat)) ? OutputFormat
        : ParameterSetName == SyntheticSet && Destination is null ? OutputFormat.None
        : SegmentationOptions.DefaultFormat(OutputKind);

    /// <summary>Shards know nothing of each other, so they could not agree on places in one array.</summary>
    private void ThrowIfArraysAreShared()
    {
        if (!Shard.IsWhole && _options.OutputFormat == OutputFormat.Zarr)
        {
            Fail(new EgressException(
                EgressErrorId.OutputFormatUnsupported,
                EgressErrorCategory.InvalidArgument,
                $"One array over a whole run cannot be written by {Shard}.",
                "Use -ShardCount 1, or another -OutputFormat.",
                _options.OutputFormat));
        }
    }

    /// <summary>The names that are given, or those in the file that the only one of them names.</summary>
    private IReadOnlyList<string> ReadClassNames(string[] names) =>
        names is [var only] && ClassCount > 1 ? ClassNameFile.Read(FullPath(only)) : names;
}
