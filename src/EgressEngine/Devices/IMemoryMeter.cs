namespace Egress.Devices;

/// <summary>A device that tells how much of its own memory runs take.</summary>
public interface IMemoryMeter
{
    /// <summary>
    /// The most bytes that were in use since <see cref="Restart"/>, beyond what the device took before a model was on it. What
    /// libtorch keeps for reuse counts.
    /// </summary>
    long PeakBytes { get; }

    /// <summary>Begins anew.</summary>
    void Restart();
}
