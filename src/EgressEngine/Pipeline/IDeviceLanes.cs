namespace Egress.Pipeline;

/// <summary>A model on its devices, kept for as long as runs share it.</summary>
public interface IDeviceLanes : IDisposable
{
    /// <summary>One lane a device.</summary>
    IReadOnlyList<PipelineLane> Lanes { get; }
}
