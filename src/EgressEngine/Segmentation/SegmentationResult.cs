namespace Egress.Segmentation;

/// <summary>One picture's result: its output is committed.</summary>
public sealed class SegmentationResult
{
    /// <summary>The picture: its full path, or a synthetic picture's name.</summary>
    public required string Path { get; init; }

    /// <summary>What was done.</summary>
    public required SegmentationStatus Status { get; init; }

    /// <summary>Full path of the output, or null where none is written.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Its place in arrays over the whole run, from 0; null where there are none.</summary>
    public long? ArrayIndex { get; init; }

    /// <summary>The picture's width as displayed, in pixels; 0 where it was not opened.</summary>
    public int Width { get; init; }

    /// <summary>The picture's height as displayed, in pixels; 0 where it was not opened.</summary>
    public int Height { get; init; }

    /// <summary>Size of the output file in bytes, or of the output in memory where none is written.</summary>
    public long OutputBytes { get; init; }

    /// <summary>
    /// The classes that the picture has pixels of, in their order; null where no labels are made, or nothing was computed.
    /// </summary>
    public IReadOnlyList<ClassPixelCount>? ClassPixels { get; init; }

    /// <summary>Tiles that the picture was computed in; 1 for a picture that was computed whole, 0 where it was not computed.</summary>
    public int TileCount { get; init; }

    /// <summary>The batch that it was computed in, from 0; -1 where it was not computed.</summary>
    public long Batch { get; init; } = -1;

    /// <summary>The device that computed it, or null.</summary>
    public string? Device { get; init; }
}
