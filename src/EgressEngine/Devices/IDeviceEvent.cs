namespace Egress.Devices;

/// <summary>A mark in a stream that fires once everything enqueued before it has ended.</summary>
public interface IDeviceEvent : IDisposable
{
    /// <summary>Whether it has fired; never waits.</summary>
    bool HasFired { get; }

    /// <summary>
    /// Waits until it has fired. An error of the work before it comes out here.
    /// </summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.CudaCallFailed"/> on a failing GPU.</exception>
    void Synchronize();
}
