using ScottPlot;

namespace Egress.Backend.Charts;

/// <summary>Something beside the data that knows itself where it lies: the layout is fixed and leaves the room for it.</summary>
internal abstract class OverlayPanel : IPanel
{
    /// <inheritdoc/>
    public bool IsVisible { get; set; } = true;

    /// <inheritdoc/>
    public Edge Edge => Edge.Top;

    /// <inheritdoc/>
    public bool ShowDebugInformation { get; set; }

    /// <inheritdoc/>
    public float MinimumSize { get; set; }

    /// <inheritdoc/>
    public float MaximumSize { get; set; } = float.MaxValue;

    /// <inheritdoc/>
    public float Measure(Paint paint) => 0;

    /// <inheritdoc/>
    public PixelRect GetPanelRect(PixelRect dataRect, float size, float offset, Paint paint) => dataRect;

    /// <inheritdoc/>
    public abstract void Render(RenderPack rp, float size, float offset);
}
