namespace Egress.Measurement.Report;

/// <summary>What a colour of a chart stands for. <see cref="ChartPalette"/> says how it looks on light and on dark paper.</summary>
public enum ChartColor
{
    /// <summary>The paper.</summary>
    Paper,

    /// <summary>Titles and labels.</summary>
    Ink,

    /// <summary>Axis labels and notes.</summary>
    Faint,

    /// <summary>Grid lines and frames.</summary>
    Rule,

    /// <summary>The limit that a perfect overlap would reach.</summary>
    Limit,

    /// <summary>The strategy Baseline.</summary>
    Baseline,

    /// <summary>The strategy MultiWorker.</summary>
    MultiWorker,

    /// <summary>The strategy BufferPool.</summary>
    BufferPool,

    /// <summary>The strategy AsyncCopy.</summary>
    AsyncCopy,

    /// <summary>The strategy Pipelined, and a series that stands alone.</summary>
    Pipelined,

    /// <summary>A series beyond the strategies.</summary>
    Other,

    /// <summary>The device computes.</summary>
    Compute,

    /// <summary>The device copies an input from the host.</summary>
    CopyIn,

    /// <summary>The device copies an output to the host.</summary>
    CopyOut,

    /// <summary>A worker processes an output.</summary>
    Processing,

    /// <summary>Text on a coloured area.</summary>
    OnColor,
}
