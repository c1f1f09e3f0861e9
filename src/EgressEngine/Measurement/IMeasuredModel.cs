using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>A model on its devices, kept for as long as configurations share it.</summary>
public interface IMeasuredModel : IDisposable
{
    /// <summary>One lane a device.</summary>
    IReadOnlyList<PipelineLane> Lanes { get; }
}
