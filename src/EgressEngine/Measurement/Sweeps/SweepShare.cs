using Egress.Input;

namespace Egress.Measurement.Sweeps;

/// <summary>What the configurations of a sweep share besides the model: limits, host buffers, and inputs where that is wanted.</summary>
public sealed class SweepShare : IDisposable
{
    /// <summary>Limits of the model that is open.</summary>
    public LimitCache Limits { get; } = new();

    /// <summary>Inputs that are loaded once for all; null: each is loaded whenever it comes, as in a real run.</summary>
    public KeptInputs? Inputs { get; init; }

    internal HostBlockShelf Buffers { get; } = new();

    /// <summary>Another model comes: what belongs to the one before goes.</summary>
    public void ModelChanged()
    {
        Limits.Clear();
        Buffers.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Buffers.Dispose();
}
