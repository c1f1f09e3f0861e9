namespace Egress.Segmentation;

/// <summary>What a run did with a picture.</summary>
public enum SegmentationStatus
{
    /// <summary>Its output was written.</summary>
    Written,

    /// <summary>Its output existed already and was kept.</summary>
    Skipped,

    /// <summary>It was computed and its output delivered; nothing was to be written.</summary>
    Processed,
}
