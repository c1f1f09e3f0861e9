using Egress.Input;

namespace Egress.Segmentation;

/// <summary>One picture on its way through a run.</summary>
public sealed class SegmentationItem
{
    private SegmentationItem(string name, string? path, long syntheticIndex, string? outputPath)
    {
        Name = name;
        Path = path;
        SyntheticIndex = syntheticIndex;
        OutputPath = outputPath;
    }

    /// <summary>The path, or the name of a synthetic picture.</summary>
    public string Name { get; }

    /// <summary>Full path of the picture; null for a synthetic one.</summary>
    public string? Path { get; }

    /// <summary>Which synthetic picture.</summary>
    public long SyntheticIndex { get; }

    /// <summary>Where its output goes; null where none is written.</summary>
    public string? OutputPath { get; }

    /// <summary>The picture's own size, once it is loaded.</summary>
    public PictureInfo Picture { get; internal set; }

    /// <summary>A picture in a file.</summary>
    public static SegmentationItem FromFile(string path, string? outputPath) => new(path, path, 0, outputPath);

    /// <summary>A synthetic picture.</summary>
    public static SegmentationItem Synthetic(long index, string? outputPath) => new(SyntheticName(index), null, index, outputPath);

    /// <summary>The name of a synthetic picture.</summary>
    public static string SyntheticName(long index) => $"synthetic-{index:D6}";
}
